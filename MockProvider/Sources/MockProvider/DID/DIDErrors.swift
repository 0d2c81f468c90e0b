// D-ID's errors: what is answered, and where that is known from.
import StrictJSON

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
  static let gatewayFailure = gateway(
    "gatewayFailure", 502, "Internal server error", "AWS API Gateway reference, gateway response types", "2025-08")

  static let all = [
    session, badRequest, invalidActorURL, validation, unauthorized, insufficientCredits, maxUserSessions, permission,
    notFound, agentNotFound, notReady, tooManyRequests, imageModeration, celebrity, textModeration, audioModeration,
    streamError, unknown, gatewayUnauthorized, gatewayCredential, gatewayRoute, gatewayFailure,
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
