// Says what HeyGen answers when it refuses a call, and who may call at all.
import StrictJSON
import Wire

/// The table of HeyGen's errors. The envelope is `{code, message}`, with `details` or `status` in some.
enum HeyGenErrors {
  private static let reference = "docs.heygen.com/reference/errors"
  private static let thirdParty = "teamduality/heygen-typescript-sdk, packages/sdk (third party)"

  static let missingParameters = row("missingParams", 400, 40001, "MISSING_PARAMS", reference, "2025-02")
  static let invalidParameter = row("invalidParameter", 400, 400175, "INVALID_PARAMETER", reference, "2025-02")
  static let unauthorized = row(
    "unauthorized", 401, 400112, "Unauthorized", "HeyGen-Official/StreamingAvatarSDK issue 3", "2024-08")
  static let invalidCredentials = row("invalidCredentials", 401, 40009, "INVALID_CREDENTIALS", reference, "2025-02")
  static let tokenExpired = row("tokenExpired", 401, 401056, "ACCESS_TOKEN_EXPIRED", reference, "2025-02")
  static let invalidToken = row("invalidToken", 401, 401057, "INVALID_ACCESS_TOKEN", reference, "2025-02")
  static let concurrentLimit = row(
    "concurrentLimit", 400, 10004, "Concurrent limit reached, please upgrade your plan for formal usage.",
    "public client code and docs.heygen.com/discuss", "2024-12")
  static let stateClosed = state(
    "stateClosed", 10005, "closed", "docs.heygen.com/discuss 6793356446abe3003070b09a", "2025-01")
  static let stateConnecting = state("stateConnecting", 10002, "connecting", thirdParty, "2025-02")
  static let sessionNotFound = row("sessionNotFound", 400, 10006, "session not found", thirdParty, "2025-02")
  static let avatarDeprecated = VendorError(
    name: "avatarDeprecated", status: 400,
    body: [
      "code": 10003, "message": "avatar version is deprecated, please update to v3+", "details": "invalid avatar",
    ], source: "docs.heygen.com/docs interactive-avatar-api-avatar-version-deprecation-notice", date: "2025-02")
  static let avatarDeprecatedMedia = VendorError(
    name: "avatarDeprecatedMedia", status: 400,
    body: ["code": 400014, "message": "avatar version is deprecated, please update to v3+", "status": 400],
    source: "docs.heygen.com/docs interactive-avatar-api-avatar-version-deprecation-notice", date: "2025-02")
  static let avatarNotFound = row(
    "avatarNotFound", 400, 10013, "avatar not found", "docs.heygen.com/discuss 67f53c4bb8ce3f001934ef14", "2025-04")
  static let wrongState = row(
    "wrongState", 400, 400006, "Session is not in correct state", "docs.heygen.com/discuss 6790f62ab8177700103dcbeb",
    "2025-01")
  static let textToSpeech = row(
    "textToSpeech", 400, 400009, "Error calling text to speech provider: voice not found",
    "HeyGen-Official/StreamingAvatarTSDemo issue 9", "2024-10")
  static let badAnswer = row(
    "badAnswer", 400, 400, "peer start failed,please check the answer",
    "docs.heygen.com/discuss 66185e609b2dd60036864338", "2024-04")
  static let noAccess = row(
    "noAccess", 400, 400599, "Your account doesn't have API access", "HeyGen-Official/StreamingAvatarSDK issue 3",
    "2024-08")
  static let forbidden = row("forbidden", 400, 400562, "FORBIDDEN", reference, "2025-02")
  static let permissionDenied = row("permissionDenied", 400, 400573, "PERMISSION_DENIED", reference, "2025-02")
  static let rateLimit = row("rateLimit", 429, 400123, "rate limit exceeded", thirdParty, "2025-02")
  static let internalError = row(
    "internalError", 500, 500, "Internal server error", "HeyGen-Official/StreamingAvatar index.js treats 500 apart",
    "2024-08")
  static let unsupportedMediaType = VendorError(
    name: "unsupportedMediaType", status: 415,
    body: ["detail": "Unsupported media type '' in request. 'application/json' is required."],
    source: "HeyGen-Official/InteractiveAvatarNextJSDemo issue 5 (status not stated)", date: "2024-08")
  // The envelope is HeyGen's; status and words for a wrong path are HTTP's own, since no capture is public.
  static let noRoute = row("noRoute", 404, 404, "Not Found", "RFC 9110 section 15.5.5", "2022-06")

  static let all = [
    missingParameters, invalidParameter, unauthorized, invalidCredentials, tokenExpired, invalidToken, concurrentLimit,
    stateClosed, stateConnecting, sessionNotFound, avatarDeprecated, avatarDeprecatedMedia, avatarNotFound, wrongState,
    textToSpeech, badAnswer, noAccess, forbidden, permissionDenied, rateLimit, internalError, unsupportedMediaType,
    noRoute,
  ]

  private static func row(
    _ name: String, _ status: Int, _ code: Int64, _ message: String, _ source: String, _ date: String
  ) -> VendorError {
    VendorError(
      name: name, status: status, body: ["code": .integer(code), "message": .string(message)], source: source,
      date: date)
  }

  private static func state(
    _ name: String, _ code: Int64, _ state: String, _ source: String, _ date: String
  ) -> VendorError {
    row(name, 400, code, "session state wrong: \(state)", source, date)
  }
}

/// `X-Api-Key` with a key, or `Authorization: Bearer` with a token of streaming.create_token.
struct HeyGenAuthorization {
  /// Most tokens that are remembered; the oldest are forgotten first.
  static let tokenLimit = 256

  /// What a caller showed.
  enum Caller {
    case key
    /// A token that this mock made.
    case token(String)
    /// A token from elsewhere, which only a mock that demands no key admits.
    case foreignToken
  }

  /// What a token was used for (one session a token: docs.heygen.com/reference/create-session-token).
  private enum Use {
    case unused, used
  }

  let key: DemandedKey?
  private var uses: [String: Use] = [:]
  private var order: [String] = []

  init(key: DemandedKey?) { self.key = key }

  /// Remembers a token that was made.
  mutating func issue(_ token: String) {
    uses[token] = .unused
    order.append(token)
    if order.count > Self.tokenLimit { uses[order.removeFirst()] = nil }
  }

  func hasIssued(_ token: String) -> Bool { uses[token] != nil }

  /// - Throws: HeyGen's 401.
  func caller(_ headers: HTTPHeaders) throws(Refusal) -> Caller {
    if let shown = headers["X-Api-Key"], !shown.isEmpty {
      guard key?.admits(shown) ?? true else { throw Refusal(HeyGenErrors.unauthorized, "another key is demanded") }
      return .key
    }
    guard let header = headers["Authorization"], header.lowercased().hasPrefix("bearer ") else {
      throw Refusal(HeyGenErrors.unauthorized, "neither X-Api-Key nor Authorization: Bearer")
    }
    let token = String(header.dropFirst(7).drop { $0 == " " })
    guard !token.isEmpty else { throw Refusal(HeyGenErrors.unauthorized, "the token is empty") }
    if uses[token] != nil { return .token(token) }
    guard key == nil else { throw Refusal(HeyGenErrors.invalidToken, "no token of this mock") }
    return .foreignToken
  }

  /// - Throws: HeyGen's 401 when the caller's token has opened a session already.
  func checkUnused(_ caller: Caller) throws(Refusal) {
    if case .token(let token) = caller, uses[token] == .used {
      throw Refusal(HeyGenErrors.invalidToken, "the token has opened a session already")
    }
  }

  /// Spends the caller's token.
  mutating func spend(_ caller: Caller) {
    if case .token(let token) = caller { uses[token] = .used }
  }

  mutating func reset() {
    uses = [:]
    order = []
  }
}
