// The registry of errors: every kind with its code, and whether trying again may help.

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
