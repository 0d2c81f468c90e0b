// HeyGen's errors as data.
import AvatarProvider
import ProviderCalls
import ProviderHTTP
import StrictJSON

/// Reads HeyGen's errors `{code, message, details?}`. Two backends speak: signaling (100xx) and media (4000xx).
enum HeyGenFailures {
  static let provider = "HeyGen"

  /// Sources: docs.heygen.com/reference/errors and the deprecation notice, its forum and the official repositories'
  /// issues (2024 to 2025); codes 10006, 10007, 10012, 10014, 10015, 40056 and 400123 only from a third-party SDK
  /// (teamduality/heygen-typescript-sdk), which is why words come before codes where both are known.
  private static let table = FailureTable(
    provider: provider,
    rows: [
      .init(words: "session state wrong: clos", .sessionGone, "The session is over."),
      .init(words: "session not found", .sessionGone, "HeyGen does not know this session."),
      .init(words: "session state wrong", .notReady, "The session is not in a state for this call."),
      .init(words: "concurrent limit", .sessionLimit, "The account has as many sessions open as it may."),
      .init(words: "avatar not found", .avatarNotFound, "There is no such avatar."),
      .init(words: "avatar version is deprecated", .avatarNotFound, "The avatar is too old for streaming."),
      .init(words: "peer start failed", .rejected, "The answer was refused."),
      .init(vendorCode: "10004", .sessionLimit, "The account has as many sessions open as it may."),
      .init(vendorCode: "10005", .sessionGone, "The session is over."),
      .init(vendorCode: "10006", .sessionGone, "HeyGen does not know this session."),
      .init(vendorCode: "10007", .sessionLimit, "The account has as many sessions open as it may."),
      .init(vendorCode: "10012", .avatarNotFound, "There is no such avatar."),
      .init(vendorCode: "10013", .avatarNotFound, "There is no such avatar, or the account may not use it."),
      .init(vendorCode: "10014", .sessionLimit, "HeyGen has no room for another session."),
      .init(vendorCode: "10015", .insufficientCredits, "The trial's allowance is used up."),
      .init(vendorCode: "400006", .notReady, "No media is connected to the session yet."),
      .init(vendorCode: "400009", .rejected, "The voice could not speak the text; see the provider's words."),
      .init(vendorCode: "40056", .rejected, "The speech could not be made; see the provider's words."),
      .init(vendorCode: "400123", .rateLimited, "Too many requests were made."),
      .init(vendorCode: "400112", .unauthorized, "The key was not accepted."),
      .init(vendorCode: "40009", .unauthorized, "The credentials are not valid."),
      .init(vendorCode: "401056", .unauthorized, "The session token has expired."),
      .init(vendorCode: "401057", .unauthorized, "The session token is not valid."),
      .init(vendorCode: "400599", .permission, "The account has no access to the API."),
      .init(vendorCode: "400562", .permission, "The account may not do this."),
      .init(vendorCode: "400573", .permission, "The account may not do this."),
      .init(vendorCode: "40001", .rejected, "A parameter is missing; see the provider's words."),
      .init(vendorCode: "400175", .rejected, "A parameter was refused; see the provider's words."),
      // An unknown session has a code; without one the path is unknown, as keep_alive was before mid-2025.
      .init(status: 404, vendorCode: .absent, .notSupported, "There is no such call here; check the base URL."),
    ])

  static func failure(
    _ report: VendorReport, to request: ProviderRequest, at stage: FailureTable.Stage, retryAfter: Duration?
  ) -> ProviderFailure {
    table.failure(report, to: request, at: stage, retryAfter: retryAfter)
  }

  /// What a body says of an error, whoever wrote it.
  static func report(_ status: Int, _ body: JSONValue?) -> VendorReport {
    let source = body?["error"]?.object.map(JSONValue.object) ?? body
    let code = source?["code"]?.identifier
    let words = ["message", "details", "detail", "error"].compactMap { source?[$0]?.string }
    return VendorReport(status: status, code: code, words: words.joined(separator: "; "))
  }
}
