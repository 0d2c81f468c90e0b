// Decides what each of a vendor's errors means; which is which is data.
import AvatarProvider
import ProviderHTTP

/// The rows by which one vendor's errors are told apart; the first row that fits counts.
///
/// A vendor's row is its own refusal: what was asked for was not done. Where no row fits, the answer to a call that
/// must not be repeated may leave that open.
public struct FailureTable: Sendable {
  /// When a call is made: the same words can mean another thing before there is a session.
  public enum Stage: Sendable, Hashable { case opening, inSession }

  /// What the vendor's own code or kind has to be.
  public enum VendorCode: Sendable, Hashable, ExpressibleByStringLiteral {
    /// Whatever it is.
    case any
    /// The body has none: somebody else speaks, as a gateway.
    case absent
    /// This one.
    case exactly(String)

    /// Expects exactly that code.
    public init(stringLiteral value: String) { self = .exactly(value) }

    func fits(_ code: String?) -> Bool {
      switch self {
      case .any: true
      case .absent: code == nil
      case .exactly(let expected): code == expected
      }
    }
  }

  /// One kind of answer. A condition that is nil holds always.
  public struct Row: Sendable {
    /// The HTTP status.
    public var status: Int?
    /// The vendor's own code.
    public var vendorCode: VendorCode
    /// What the vendor's words contain, compared without regard to case.
    public var words: String?
    /// When the call was made.
    public var stage: Stage?
    /// What the answer means.
    public var code: ProviderFailure.Code
    /// One sentence for a developer.
    public var message: String

    /// Makes a row; what is left out may be anything.
    public init(
      status: Int? = nil, vendorCode: VendorCode = .any, words: String? = nil, stage: Stage? = nil,
      _ code: ProviderFailure.Code, _ message: String
    ) {
      self.status = status
      self.vendorCode = vendorCode
      self.words = words
      self.stage = stage
      self.code = code
      self.message = message
    }

    func fits(_ report: VendorReport, at stage: Stage) -> Bool {
      (status == nil || status == report.status)
        && vendorCode.fits(report.code)
        && (self.stage == nil || self.stage == stage)
        && words.map { report.words.lowercased().contains($0.lowercased()) } ?? true
    }
  }

  private let provider: String
  private let rows: [Row]

  /// Makes a table. Behind the vendor's rows stand those for what any HTTP server may answer.
  public init(provider: String, rows: [Row]) {
    self.provider = provider
    self.rows = rows
  }

  /// What HTTP itself says of a status (RFC 9110 section 15, RFC 6585 section 4, RFC 7725 section 3).
  private static let anyServer: [Row] = [
    Row(status: 401, .unauthorized, "The provider key was not accepted."),
    Row(status: 402, .insufficientCredits, "The account has no credits left."),
    Row(status: 403, .permission, "The account may not do this."),
    Row(status: 404, stage: .inSession, .sessionGone, "The provider does not know this session."),
    Row(status: 404, stage: .opening, .avatarNotFound, "The provider does not know what was asked for."),
    Row(status: 408, .unavailable, "The provider waited too long for the request."),
    Row(status: 409, .notReady, "The session is not in a state for this call."),
    Row(status: 410, stage: .inSession, .sessionGone, "The session is over."),
    Row(status: 429, .rateLimited, "Too many requests were made."),
    Row(status: 451, .moderation, "The content was refused."),
  ]

  /// What an answer that is an error means.
  /// - Parameters:
  ///   - request: the call that was answered; its credentials are taken out of the vendor's words.
  ///   - report: what the vendor said.
  public func failure(
    _ report: VendorReport, to request: ProviderRequest, at stage: Stage, retryAfter: Duration?
  ) -> ProviderFailure {
    let words = request.withoutCredentials(report.words)
    let vendor = ProviderFailure.Vendor(
      status: report.status, code: report.code.map { request.withoutCredentials(String($0.prefix(100))) },
      message: words.isEmpty ? nil : words)
    let refusal = rows.first { $0.fits(report, at: stage) }
    if refusal == nil, request.repeatability == .once, Self.leavesFateOpen(report.status) {
      return ProviderFailure(
        .fateUnknown,
        "\(provider) answered \(report.status) without a reason of its own; whether it did what was asked is unknown.",
        retryAfter: retryAfter, vendor: vendor)
    }
    let row = refusal ?? Self.anyServer.first { $0.fits(report, at: stage) } ?? remaining(report.status)
    return ProviderFailure(row.code, "\(provider): \(row.message)", retryAfter: retryAfter, vendor: vendor)
  }

  /// Whether a status says nothing about what became of a call. A server may fail after it did what it was asked for
  /// (500, 503), a gateway does not know what the server behind it did (502, 504; RFC 9110 sections 15.6.3 and 15.6.5),
  /// one that waited in vain may have read enough (408), and a 2xx with a code that nobody knows is no refusal.
  private static func leavesFateOpen(_ status: Int) -> Bool {
    status == 408 || status >= 500 || (200..<300).contains(status)
  }

  private func remaining(_ status: Int) -> Row {
    switch status {
    case 500...: Row(.unavailable, "The provider failed by its own account.")
    case 300..<400: Row(.malformedReply, "A redirect came, which is not followed; check the base URL.")
    default: Row(.rejected, "The request was refused.")
    }
  }
}

/// An error as a vendor reports it: HTTP status, its own code, its own words.
public struct VendorReport: Sendable, Hashable {
  /// The HTTP status.
  public var status: Int
  /// The vendor's code or kind; nil where the body has none.
  public var code: String?
  /// Everything that the body says in words; empty where it says nothing.
  public var words: String

  /// Takes what a vendor said.
  public init(status: Int, code: String?, words: String) {
    self.status = status
    self.code = code
    self.words = words
  }
}
