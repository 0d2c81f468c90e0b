// What a connection may do.
import Timekeeping

/// A subject's rights, as somebody else has read and believed them. Nil means "no restriction".
public struct Permit: Sendable, Hashable {
  /// Whom sessions and seconds are counted for, across connections.
  public var subject: String
  /// When new calls are refused.
  public var expiry: MonotonicInstant
  /// Names of providers.
  public var providers: Set<String>?
  /// Exact names of avatars, or beginnings that end in `*`.
  public var avatars: [String]?
  /// Sessions at once.
  public var maximumSessions: Int?
  /// Time of open sessions in all; several at once count several times.
  public var budget: Duration?

  public init(
    subject: String, expiry: MonotonicInstant, providers: Set<String>? = nil, avatars: [String]? = nil,
    maximumSessions: Int? = nil, budget: Duration? = nil
  ) {
    self.subject = subject
    self.expiry = expiry
    self.providers = providers
    self.avatars = avatars
    self.maximumSessions = maximumSessions
    self.budget = budget
  }

  /// Whether sessions at that provider may be opened.
  func allows(provider: String) -> Bool { providers?.contains(provider) ?? true }

  /// Whether that avatar may be shown. Where avatars are listed, the provider's own choice is none of them.
  func allows(avatar: String?) -> Bool {
    guard let avatars else { return true }
    guard let avatar else { return false }
    // Byte by byte: two names that only look the same are two avatars.
    return avatars.contains { entry in
      entry.utf8.last == UInt8(ascii: "*")
        ? avatar.utf8.starts(with: entry.utf8.dropLast()) : entry.utf8.elementsEqual(avatar.utf8)
    }
  }
}
