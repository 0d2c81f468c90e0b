// Says what D-ID answers when it refuses a call, and where that is known from.
import Basics
import StrictJSON
import Wire

/// The table of D-ID's errors. The envelope is `{kind, description, details?}` (D-ID's OpenAPI "Video Endpoints"
/// 1.1.0).
enum DIDErrors {
  private static let openAPI = "D-ID OpenAPI \"Video Endpoints\" 1.1.0"
  private static let capture = "captured D-ID replies, published write-up"
  private static let sdk = "de-id/agents-sdk"

  static let session = row(
    "sessionError", 400, "SessionError", "missing or invalid session_id", openAPI, "2023-12")
  static let badRequest = row("badRequest", 400, "BadRequestError", "invalid request body", openAPI, "2023-12")
  static let invalidActorURL = row("invalidActorUrl", 400, "BadRequestError", "invalid actor url", openAPI, "2023-12")
  static let validation = row("validationError", 400, "ValidationError", "validation failed", capture, "2025-08")
  static let unauthorized = row("unauthorized", 401, "AuthorizationError", "user unauthenticated", openAPI, "2023-12")
  static let insufficientCredits = row(
    "insufficientCredits", 402, "InsufficientCreditsError", "not enough credits", openAPI, "2023-12")
  static let maxUserSessions = row(
    "maxUserSessions", 403, "Forbidden", "Max user sessions reached", "public client code that matches the text",
    "2025-08")
  static let permission = row(
    "permissionError", 403, "PermissionError", "user has no permission for stitch", openAPI, "2023-12")
  // Spelt as D-ID spells it.
  static let notFound = row(
    "notFound", 404, "NotFound", "stream_id doesn't exits or not owened by the user", openAPI, "2023-12")
  static let agentNotFound = row("agentNotFound", 404, "NotFoundError", "agent not found", sdk + " tests", "2026-08")
  // D-ID's words for other permissions, since those for this one are not public.
  static let expressive = row(
    "expressiveAgent", 403, "PermissionError", "user has no permission for expressive", openAPI, "2023-12")
  // In the words of the agent's, since these are not public.
  static let chatNotFound = row("chatNotFound", 404, "NotFoundError", "chat not found", sdk + " tests", "2026-08")
  static let ratingNotFound = row("ratingNotFound", 404, "NotFoundError", "rating not found", sdk + " tests", "2026-08")
  static let notReady = row(
    "notReady", 409, "NotReadyError", "agent is not ready", "D-ID reference, createagentstream", "2026-05")
  // No source has the body; the gateway's own is the likeliest.
  static let tooManyRequests = gateway(
    "tooManyRequests", 429, "Too Many Requests", sdk + " src/api/apiClient.ts (status only)", "2026-08")
  static let imageModeration = moderation("imageModeration", "ImageModerationError")
  static let celebrity = moderation("celebrityRecognized", "CelebrityRecognizedError")
  static let textModeration = moderation("textModeration", "TextModerationError")
  static let audioModeration = moderation("audioModeration", "AudioModerationError")
  static let streamError = row(
    "streamError", 500, "InternalServerError", "Stream Error", "docs.d-id.com/discuss 672e15a3447e6e00590dfe72",
    "2024-11")
  static let unknown = row(
    "unknownError", 500, "UnknownError", "Internal Server Error", "docs.d-id.com/discuss 656feefa02c2e50076db92ee",
    "2023-12")
  static let gatewayUnauthorized = gateway("gatewayUnauthorized", 401, "Unauthorized", capture, "2025-08")
  static let gatewayCredential = gateway(
    "gatewayCredential", 403,
    "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter.",
    capture, "2025-08")
  static let gatewayRoute = gateway(
    "gatewayRoute", 403, "Missing Authentication Token", "AWS API Gateway reference, gateway response types", "2025-08")
  static let gatewayForbidden = gateway(
    "gatewayForbidden", 403, "Forbidden", "AWS API Gateway reference, WebSocket messages without a route", "2025-08")
  static let gatewayFailure = gateway(
    "gatewayFailure", 502, "Internal server error", "AWS API Gateway reference, gateway response types", "2025-08")

  static let all = [
    session, badRequest, invalidActorURL, validation, unauthorized, insufficientCredits, maxUserSessions, permission,
    notFound, agentNotFound, expressive, chatNotFound, ratingNotFound, notReady, tooManyRequests, imageModeration, celebrity, textModeration, audioModeration,
    streamError, unknown, gatewayUnauthorized, gatewayCredential, gatewayRoute, gatewayForbidden,
    gatewayFailure,
  ]

  /// The validation error with its `details`: the path of a field, and what is wrong with it (captured 2025-08).
  static func validation(_ path: String, _ message: String) -> VendorError {
    var error = validation
    if var body = error.body.object {
      body["details"] = .object(JSONObject([.init(name: path, value: ["message": .string(message)])]))
      error.body = .object(body)
    }
    return error
  }

  private static func row(
    _ name: String, _ status: Int, _ kind: String, _ description: String, _ source: String, _ date: String
  ) -> VendorError {
    VendorError(
      name: name, status: status, body: ["kind": .string(kind), "description": .string(description)], source: source,
      date: date)
  }

  private static func moderation(_ name: String, _ kind: String) -> VendorError {
    row(name, 451, kind, "Automatic content moderation - contact support", openAPI, "2023-12")
  }

  private static func gateway(
    _ name: String, _ status: Int, _ message: String, _ source: String, _ date: String
  ) -> VendorError {
    VendorError(name: name, status: status, body: ["message": .string(message)], source: source, date: date)
  }
}

/// Turns a shape mistake into D-ID's answer. The one captured message, "Could not match the union against any of the
/// items", is that of tsoa's validator (lukeautry/tsoa, packages/runtime/src/routeGeneration/templateHelpers.ts); the
/// others are that validator's too.
enum DIDValidation {
  static let unionMessage = "Could not match the union against any of the items"

  static func refusal(_ error: JSONShapeError) -> Refusal {
    Refusal(DIDErrors.validation(error.path, message(error)), note(error))
  }

  /// The answer to a script of the right shape that cannot be played. What D-ID answers to an audio file that it cannot
  /// read is not public; a script that is of no use to it is answered so.
  static var unusableScript: VendorError { DIDErrors.validation("body.script", unionMessage) }

  /// The refusal of a script, which is a union: no member of it is named.
  static func scriptRefusal(_ error: JSONShapeError) -> Refusal {
    Refusal(DIDErrors.validation("body.script", unionMessage), note(error))
  }

  /// For the journal: what is wrong, and which switch would take it.
  private static func note(_ error: JSONShapeError) -> String {
    error.description + (error.code == .unknown ? "; --lenient takes unknown members" : "")
  }

  private static func message(_ error: JSONShapeError) -> String {
    let name = error.path.split(separator: ".").last.map(String.init) ?? error.path
    return switch error.code {
    case .missing: "'\(name)' is required"
    case .unknown: "\"\(name)\" is an excess property and therefore is not allowed"
    case .wrongType(let expected, _): typeMessage(expected)
    case .notAccepted(let rule): rule
    }
  }

  private static func typeMessage(_ expected: String) -> String {
    switch expected {
    case "a string": "invalid string value"
    case "a number": "invalid float number"
    case "an integer": "invalid integer number"
    case "a boolean": "invalid boolean value"
    case "an array": "invalid array"
    default: "invalid object"
    }
  }
}

/// D-ID's three schemes: `Basic` and `Bearer` with a key as it is, `Client-Key` with a key and an id of the page's own.
struct DIDAuthorization {
  let key: DemandedKey?
  /// The keys that were given out to pages.
  let records: AgentRecords?

  /// - Throws: D-ID's 401, or the gateway's for a header that is of no scheme.
  func check(_ headers: HTTPHeaders) throws(Refusal) {
    guard let header = headers["Authorization"], !header.isEmpty else {
      throw Refusal(DIDErrors.unauthorized, "no Authorization header")
    }
    let parts = header.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true).map(String.init)
    guard parts.count == 2, let scheme = parts.first?.lowercased(), ["basic", "bearer", "client-key"].contains(scheme)
    else { throw Refusal(DIDErrors.gatewayUnauthorized, "the Authorization header is of no scheme that D-ID has") }
    // D-ID's client SDK appends `~` and a connection id (de-id/agents-sdk, src/auth/get-auth-header.ts).
    let token = String(parts[1].prefix { $0 != "~" }.trimming { $0 == " " })
    guard !token.isEmpty else { throw Refusal(DIDErrors.unauthorized, "the key is empty") }
    guard let key else { return }
    let isClientKey = scheme == "client-key"
    if isClientKey, records?.hasIssued(token) == true { return }
    guard isClientKey ? key.admitsClientKey(token) : key.admits(token) else {
      throw Refusal(DIDErrors.unauthorized, "another key is demanded")
    }
  }
}
