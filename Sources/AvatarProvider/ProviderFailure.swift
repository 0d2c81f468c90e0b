// Says why a provider did not do what it was asked, whatever its vendor's errors look like.
import SessionValues

/// Why a provider did not do what it was asked.
public struct ProviderFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kinds that a client can act on.
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// The key is missing, wrong or expired: the operator's to mend.
    case unauthorized
    /// The account lacks a permission or a plan.
    case permission
    /// The account has no credits left.
    case insufficientCredits
    /// The account has as many sessions open as it may.
    case sessionLimit
    /// Too many requests; see ``retryAfter``.
    case rateLimited
    /// The avatar, presenter, agent or voice does not exist or may not be used.
    case avatarNotFound
    /// An option, a script or a description was refused.
    case rejected
    /// The content was refused by moderation.
    case moderation
    /// The session is not in a state for this call, typically because no media is connected yet.
    case notReady
    /// The session is over at the provider (idle, stopped, unknown).
    case sessionGone
    /// The provider cannot do this at all.
    case notSupported
    /// The provider failed by its own account (5xx), on a call that does no harm when it is made again.
    case unavailable
    /// The provider could not be reached; nothing was sent.
    case unreachable
    /// No answer in time, a lost connection, or an answer that does not say what was done (408, 5xx): whether the call
    /// had its effect is not known.
    case fateUnknown
    /// An answer came that is not of the contract.
    case malformedReply
    /// The caller gave up.
    case cancelled
  }

  /// What the vendor itself said.
  public struct Vendor: Sendable, Hashable {
    /// The HTTP status.
    public var status: Int
    /// The vendor's own code or kind (`SessionError`, `10004`).
    public var code: String?
    /// The vendor's own words, cut to 500 characters.
    public var message: String?
    /// Takes what a vendor said, and cuts its words.
    public init(status: Int, code: String? = nil, message: String? = nil) {
      self.status = status
      self.code = code
      self.message = message.map { String($0.prefix(500)) }
    }
  }

  /// What a failed ``AvatarProvider/open(_:)`` may have left at the provider.
  public enum Remains: Sendable, Hashable {
    /// No session: none was opened, or it was ended again.
    case nothing
    /// A session perhaps, whose name nobody knows.
    case unseen
    /// A session that could not be ended.
    case session(SessionHandle)
  }

  /// What went wrong.
  public let code: Code
  /// One sentence for a developer; holds no key, no body and no SDP, and names no host but by the provider's name.
  public let message: String
  /// What the network said, for the operator's log alone: it may name hosts and ports that are nobody else's business.
  public let detail: String?
  /// When the provider said it may be asked again.
  public let retryAfter: Duration?
  /// What the vendor said; nil where it said nothing.
  public let vendor: Vendor?
  /// Of calls other than `open` it means nothing.
  public let remains: Remains

  /// - Parameter remains: nil for what the code alone says.
  public init(
    _ code: Code, _ message: String, retryAfter: Duration? = nil, vendor: Vendor? = nil, remains: Remains? = nil,
    detail: String? = nil
  ) {
    self.code = code
    self.message = message
    self.detail = detail
    self.retryAfter = retryAfter
    self.vendor = vendor
    self.remains = remains ?? code.remains
  }

  /// The same failure, of which more is known.
  public func leaving(_ remains: Remains) -> ProviderFailure {
    ProviderFailure(code, message, retryAfter: retryAfter, vendor: vendor, remains: remains, detail: detail)
  }

  public var description: String { "\(code.rawValue): \(message)" }
}

extension ProviderFailure.Code {
  /// What is left by an `open` of which nothing but this is known.
  fileprivate var remains: ProviderFailure.Remains {
    switch self {
    case .fateUnknown, .malformedReply, .cancelled: .unseen
    case .unauthorized, .permission, .insufficientCredits, .sessionLimit, .rateLimited, .avatarNotFound, .rejected,
      .moderation, .notReady, .sessionGone, .notSupported, .unavailable, .unreachable:
      .nothing
    }
  }
}
