// Registers every kind of error with its code, and writes the error object of a response.
import StrictJSON

/// A stable symbolic name of an error, its number on the wire, and the words that explain it.
///
/// −32700…−32600 are JSON-RPC 2.0's own (section 5.1); the positive codes are this protocol's.
public enum ErrorKind: String, Sendable, Hashable, CaseIterable {
  /// The text is not JSON.
  case parseError = "message.notJSON"
  /// Not a request, or JSON beyond the limits of the section "Messages" of docs/protocol.md.
  case invalidRequest = "message.invalidRequest"
  /// No such method.
  case methodNotFound = "message.methodNotFound"
  /// The parameters are not those of the method; the message names the path.
  case invalidParams = "message.invalidParams"
  /// A mistake of the server.
  case internalError = "server.internalError"

  /// The id was used for another request.
  case requestConflict = "request.conflict"
  /// The id is lower than one before, and not remembered.
  case requestStale = "request.stale"
  /// Too many requests in flight.
  case requestOverload = "request.overload"
  /// Too many messages a second; this one was not read.
  case requestRate = "request.rate"
  /// Not the next part of its talk; it was not taken.
  case requestOutOfOrder = "request.outOfOrder"

  /// No such session on this connection.
  case sessionNotFound = "session.notFound"
  /// The session is not in a state for this call.
  case sessionWrongState = "session.wrongState"
  /// Too many sessions on the connection or the server, or for too long in a day.
  case sessionLimit = "session.limit"
  /// The session is closed.
  case sessionClosed = "session.closed"
  /// Not the session's secret, or one that was replaced.
  case sessionSecretInvalid = "session.secretInvalid"

  /// More than `limits.text.max`.
  case talkTooLong = "talk.tooLong"
  /// Less than `limits.text.min`.
  case talkTooShort = "talk.tooShort"
  /// Nobody can know whether the avatar speaks it: see `provider.fateUnknown`.
  case talkUnknown = "talk.unknown"
  /// No such talk.
  case talkNotFound = "talk.notFound"
  /// More is spoken in a minute than a limit allows.
  case talkLimit = "talk.limit"
  /// An interruption came before the talk was sent; it is not spoken. Of a talk that was begun with `open`: no part came
  /// in time.
  case talkInterrupted = "talk.interrupted"

  /// See SDP.
  case sdpInvalid = "sdp.invalid"
  /// Not a candidate.
  case candidateInvalid = "candidate.invalid"
  /// Too many candidates before the answer.
  case candidateLimit = "candidate.limit"

  /// The server has no provider of that name.
  case providerNotConfigured = "provider.notConfigured"
  /// The provider refuses the server's key.
  case providerUnauthorized = "provider.unauthorized"
  /// The key may not do this.
  case providerPermission = "provider.permission"
  /// Nothing left to spend.
  case providerCredits = "provider.insufficientCredits"
  /// The provider's own number of sessions is reached.
  case providerSessionLimit = "provider.sessionLimit"
  /// The provider asks to slow down.
  case providerRateLimited = "provider.rateLimited"
  /// No such avatar.
  case providerAvatarNotFound = "provider.avatarNotFound"
  /// The provider, or its adapter here, refuses the request.
  case providerRejected = "provider.rejected"
  /// The provider refuses the content.
  case providerModeration = "provider.moderation"
  /// Too early: the peer connection is not up yet.
  case providerNotReady = "provider.notReady"
  /// The provider no longer knows the session; it is closed with reason `provider`.
  case providerSessionGone = "provider.sessionGone"
  /// The provider has a problem of its own; asking again does no harm.
  case providerUnavailable = "provider.unavailable"
  /// No connection to the provider; nothing was sent.
  case providerUnreachable = "provider.unreachable"
  /// What the provider did is not known: no answer came, or one that does not say it (408, 5xx without a reason of the
  /// provider's own, a reply that cannot be read).
  case providerFateUnknown = "provider.fateUnknown"
  /// The provider's reply could not be read.
  case providerMalformedReply = "provider.malformedReply"

  /// A token has to be shown first.
  case accessRequired = "access.required"
  /// The token is not good; the message is the name of the reason.
  case accessDenied = "access.denied"
  /// The token does not allow this provider or avatar.
  case accessForbidden = "access.forbidden"
  /// The token expired.
  case accessExpired = "access.expired"
  /// The seconds of the token's subject are used up.
  case accessBudget = "access.budget"

  /// This provider, or this server, cannot do that.
  case notSupported = "notSupported"
  /// The server is leaving; another connection may reach another one.
  case draining = "server.draining"
  /// The server's operator lets no session be opened for now.
  case paused = "server.paused"
  /// The server cannot write down what it is about to do; nothing was opened or spoken.
  case ledgerUnavailable = "server.ledgerUnavailable"
}

extension ErrorKind {
  /// The `code` of the JSON-RPC error object.
  public var code: Int {
    switch self {
    case .parseError: -32700
    case .invalidRequest: -32600
    case .methodNotFound: -32601
    case .invalidParams: -32602
    case .internalError: -32603
    case .requestConflict: 1001
    case .requestStale: 1002
    case .requestOverload: 1003
    case .requestRate: 1004
    case .requestOutOfOrder: 1005
    case .sessionNotFound: 1101
    case .sessionWrongState: 1102
    case .sessionLimit: 1103
    case .sessionClosed: 1104
    case .sessionSecretInvalid: 1105
    case .talkTooLong: 1201
    case .talkUnknown: 1202
    case .talkNotFound: 1203
    case .talkLimit: 1204
    case .talkInterrupted: 1205
    case .talkTooShort: 1206
    case .sdpInvalid: 1301
    case .candidateInvalid: 1302
    case .candidateLimit: 1303
    case .providerNotConfigured: 1401
    case .providerUnauthorized: 1402
    case .providerPermission: 1403
    case .providerCredits: 1404
    case .providerSessionLimit: 1405
    case .providerRateLimited: 1406
    case .providerAvatarNotFound: 1407
    case .providerRejected: 1408
    case .providerModeration: 1409
    case .providerNotReady: 1410
    case .providerSessionGone: 1411
    case .providerUnavailable: 1412
    case .providerUnreachable: 1413
    case .providerFateUnknown: 1414
    case .providerMalformedReply: 1415
    case .accessRequired: 1601
    case .accessDenied: 1602
    case .accessForbidden: 1603
    case .accessExpired: 1604
    case .accessBudget: 1605
    case .notSupported: 1501
    case .draining: 1502
    case .paused: 1503
    case .ledgerUnavailable: 1504
    }
  }

  /// Whether the same request may succeed later without anybody changing anything.
  public var isRetryable: Bool {
    switch self {
    case .requestOverload, .requestRate, .sessionLimit, .talkLimit, .providerSessionLimit, .providerRateLimited,
      .providerNotReady, .providerUnavailable, .providerUnreachable, .draining, .paused, .ledgerUnavailable:
      true
    default: false
    }
  }
}

/// A limit of the server's operator, as `data.limit` of an error names it; each has its setting.
public enum LimitName: String, Sendable, Hashable, CaseIterable {
  /// Sessions at once, of all clients.
  case sessions
  /// Sessions at once, of the connection.
  case sessionsPerConnection
  /// Of the token's subject, or of the connection's address where no tokens are in use.
  case sessionsPerSubject
  /// Sessions at once at the provider: none came free in time.
  case sessionsPerProvider
  /// Requests that wait for a session of the provider.
  case waitingOpens
  /// Those of the subject or address.
  case waitingOpensPerSubject
  /// Sessions that were asked for in a minute, of the subject or address.
  case opensPerMinute
  /// Sessions that were asked for in a minute, of all clients.
  case totalOpensPerMinute
  /// Talks that were asked for, of the subject or address.
  case talksPerMinute
  /// Unicode scalars of these talks, and of one of them.
  case charactersPerMinute
  /// Talks that were asked for, of all clients.
  case totalTalksPerMinute
  /// Unicode scalars of these talks, and of one of them.
  case totalCharactersPerMinute
  /// Seconds of open sessions of all clients in a day, from 00:00 UTC on.
  case totalSecondsPerDay
  /// Messages of the connection.
  case messagesPerSecond
  /// Seconds of open sessions of the subject.
  case budgetSeconds
}

/// An error as it goes to a client: `{code, message, data: {kind, retryable, retryAfterMs?, limit?, provider?, end?}}`.
public struct SignalingError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The provider's own status, code and words.
  public struct Provider: Sendable, Hashable {
    /// The HTTP status.
    public var status: Int
    /// The provider's own code; nil where it gave none.
    public var code: String?
    /// The provider's own words; nil where it gave none.
    public var message: String?
    /// Takes what a provider said.
    public init(status: Int, code: String?, message: String?) {
      self.status = status
      self.code = code
      self.message = message
    }
  }

  /// Which error it is: what programs go by.
  public var kind: ErrorKind
  /// One sentence for a developer: what is wrong and, where it helps, where.
  public var message: String
  /// How long to wait before another attempt, in milliseconds; nil where that is not known.
  public var retryAfterMs: Int64?
  /// Which limit of the server's operator it is about; nil where it is about none.
  public var limit: LimitName?
  /// What the provider said; nil where it said nothing.
  public var provider: Provider?
  /// Why the session is over, or about to be, on an error after which nothing more can be asked of it.
  public var end: CloseReason?

  /// Makes an error; what is left out is not told.
  public init(
    _ kind: ErrorKind, _ message: String, retryAfterMs: Int64? = nil, limit: LimitName? = nil,
    provider: Provider? = nil, end: CloseReason? = nil
  ) {
    self.kind = kind
    self.message = message
    self.retryAfterMs = retryAfterMs
    self.limit = limit
    self.provider = provider
    self.end = end
  }

  /// Whether the same request may succeed later without anybody changing anything: never where its session ended.
  public var isRetryable: Bool { kind.isRetryable && end == nil }

  public var description: String { "\(kind.rawValue): \(message)" }
}

extension SignalingError {
  /// The same error of a request whose session ended with it, or before its answer came.
  public func ending(_ reason: CloseReason) -> SignalingError {
    var error = self
    error.end = reason
    error.retryAfterMs = nil
    return error
  }

  /// `{code, message, data: {kind, retryable, retryAfterMs?, limit?, provider?, end?}}`
  var json: JSONValue {
    var data: JSONObject = ["kind": .string(kind.rawValue), "retryable": .bool(isRetryable)]
    data["retryAfterMs"] = retryAfterMs.map { .integer($0) }
    data["limit"] = limit.map { .string($0.rawValue) }
    data["provider"] = provider?.json
    data["end"] = end.map { .object($0.json) }
    return ["code": .integer(Int64(kind.code)), "message": .string(message), "data": .object(data)]
  }
}

extension CloseReason {
  /// `{reason, action, afterMs?}`
  var json: JSONObject {
    var object: JSONObject = ["reason": .string(rawValue), "action": .string(action.rawValue)]
    object["afterMs"] = afterMs.map { .integer($0) }
    return object
  }
}

extension SignalingError.Provider {
  fileprivate var json: JSONValue {
    var object: JSONObject = ["status": .integer(Int64(status))]
    object["code"] = code.map { .string($0) }
    object["message"] = message.map { .string($0) }
    return .object(object)
  }
}
