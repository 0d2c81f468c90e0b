// Registers every kind of error with its code, and writes the error object of a response.
import StrictJSON

/// A stable symbolic name of an error, its number on the wire, and the words that explain it.
///
/// −32700…−32600 are JSON-RPC 2.0's own (section 5.1); the positive codes are this protocol's.
public enum ErrorKind: String, Sendable, Hashable, CaseIterable {
  case parseError = "message.notJSON"
  case invalidRequest = "message.invalidRequest"
  case methodNotFound = "message.methodNotFound"
  case invalidParams = "message.invalidParams"
  case internalError = "server.internalError"

  case requestConflict = "request.conflict"
  case requestStale = "request.stale"
  case requestOverload = "request.overload"
  case requestRate = "request.rate"

  case sessionNotFound = "session.notFound"
  case sessionWrongState = "session.wrongState"
  case sessionLimit = "session.limit"
  case sessionClosed = "session.closed"
  case sessionSecretInvalid = "session.secretInvalid"

  case talkTooLong = "talk.tooLong"
  case talkUnknown = "talk.unknown"
  case talkNotFound = "talk.notFound"
  case talkLimit = "talk.limit"
  case talkInterrupted = "talk.interrupted"

  case sdpInvalid = "sdp.invalid"
  case candidateInvalid = "candidate.invalid"
  case candidateLimit = "candidate.limit"

  case providerNotConfigured = "provider.notConfigured"
  case providerUnauthorized = "provider.unauthorized"
  case providerPermission = "provider.permission"
  case providerCredits = "provider.insufficientCredits"
  case providerSessionLimit = "provider.sessionLimit"
  case providerRateLimited = "provider.rateLimited"
  case providerAvatarNotFound = "provider.avatarNotFound"
  case providerRejected = "provider.rejected"
  case providerModeration = "provider.moderation"
  case providerNotReady = "provider.notReady"
  case providerSessionGone = "provider.sessionGone"
  case providerUnavailable = "provider.unavailable"
  case providerUnreachable = "provider.unreachable"
  case providerFateUnknown = "provider.fateUnknown"
  case providerMalformedReply = "provider.malformedReply"

  case accessRequired = "access.required"
  case accessDenied = "access.denied"
  case accessForbidden = "access.forbidden"
  case accessExpired = "access.expired"
  case accessBudget = "access.budget"

  case notSupported = "notSupported"
  case draining = "server.draining"
  case paused = "server.paused"
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
  case sessions
  case sessionsPerConnection
  /// Of the token's subject, or of the connection's address where no tokens are in use.
  case sessionsPerSubject
  case sessionsPerProvider
  case waitingOpens
  case talksPerMinute
  case charactersPerMinute
  case totalTalksPerMinute
  case totalCharactersPerMinute
  case totalSecondsPerDay
  case messagesPerSecond
  case budgetSeconds
}

/// An error as it goes to a client: `{code, message, data: {kind, retryable, retryAfterMs?, limit?, provider?, end?}}`.
public struct SignalingError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The provider's own status, code and words.
  public struct Provider: Sendable, Hashable {
    public var status: Int
    public var code: String?
    public var message: String?
    public init(status: Int, code: String?, message: String?) {
      self.status = status
      self.code = code
      self.message = message
    }
  }

  public var kind: ErrorKind
  /// One sentence for a developer: what is wrong and, where it helps, where.
  public var message: String
  public var retryAfterMs: Int64?
  /// Which limit of the server's operator it is about; nil where it is about none.
  public var limit: LimitName?
  public var provider: Provider?
  /// Why the session is over, on an error that says that it is.
  public var end: CloseReason?

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

  public var description: String { "\(kind.rawValue): \(message)" }
}

extension SignalingError {
  /// `{code, message, data: {kind, retryable, retryAfterMs?, limit?, provider?, end?}}`
  var json: JSONValue {
    var data: JSONObject = ["kind": .string(kind.rawValue), "retryable": .bool(kind.isRetryable)]
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
