// Decides what a connection may do by its token: who reads it, what it permits and to whom that is counted.
import Basics
import Signaling

/// Reads tokens. It is called on the registry's executor and returns at once.
public protocol AccessGate: Sendable {
  /// The permit that a token stands for.
  /// - Parameters:
  ///   - origin: the origin of the page that shows it; nil where there is none.
  ///   - now: the time on the registry's clock, on which the permit's expiry is given.
  /// - Throws: an error of kind `access.denied` whose message is the name of the reason.
  func permit(
    for token: JoinToken, from origin: String?, at now: MonotonicInstant
  ) throws(SignalingError) -> Permit
}

/// A subject's rights, as somebody else has read and believed them. Nil means "no restriction".
public struct Permit: Sendable, Hashable {
  /// Whom sessions and seconds are counted for, across connections.
  public var subject: String
  /// When new calls are refused.
  public var expiry: MonotonicInstant
  /// When it was made, in seconds since 1970; nil where it does not say, which counts as older than any other.
  public var issuedAt: Double?
  /// Names of providers.
  public var providers: Set<String>?
  /// Exact names of avatars, or beginnings that end in `*`.
  public var avatars: [String]?
  /// Sessions at once.
  public var maximumSessions: Int?
  /// Time of open sessions in all; several at once count several times.
  public var budget: Duration?

  /// What a gate read in a token.
  public init(
    subject: String, expiry: MonotonicInstant, issuedAt: Double? = nil, providers: Set<String>? = nil,
    avatars: [String]? = nil, maximumSessions: Int? = nil, budget: Duration? = nil
  ) {
    self.subject = subject
    self.expiry = expiry
    self.issuedAt = issuedAt
    self.providers = providers
    self.avatars = avatars
    self.maximumSessions = maximumSessions
    self.budget = budget
  }

  /// Whether the other one was made later, so that this one must not take its place.
  public func isOlder(than other: Permit) -> Bool {
    (issuedAt ?? -.infinity) < (other.issuedAt ?? -.infinity)
  }

  /// Whether sessions at that provider may be opened.
  func allows(provider: String) -> Bool { providers?.contains { $0.isExactly(provider) } ?? true }

  /// Whether that avatar may be shown. Where avatars are listed, the provider's own choice is none of them.
  func allows(avatar: String?) -> Bool {
    guard let avatars else { return true }
    guard let avatar else { return false }
    // Byte by byte: two names that only look the same are two avatars.
    return avatars.contains { entry in
      entry.utf8.last == UInt8(ascii: "*")
        ? avatar.utf8.starts(with: entry.utf8.dropLast()) : entry.isExactly(avatar)
    }
  }
}

/// Whom sessions and talks are counted for: the subject of a token or, where no tokens are in use, the address of the
/// connection. Names are compared by their bytes: two that only look the same are two subjects.
public enum Subject: Sendable, Hashable, CustomStringConvertible {
  case token(String)
  case address(String)

  public static func == (left: Self, right: Self) -> Bool {
    switch (left, right) {
    case (.token(let left), .token(let right)), (.address(let left), .address(let right)): left.isExactly(right)
    case (.token, .address), (.address, .token): false
    }
  }

  public func hash(into hasher: inout Hasher) { description.hashExactly(into: &hasher) }

  public var description: String {
    switch self {
    case .token(let name), .address(let name): name
    }
  }
}

/// Whether a connection may open and use sessions, where tokens are asked for.
enum ConnectionAccess: Sendable, Hashable {
  /// A token is still to come.
  case awaited
  case granted(Permit)
  /// The token expired and the grace passed; a new one is awaited.
  case lapsed(Permit)
}
