// D-ID's errors as data.
import AvatarProvider
import ProviderCalls
import ProviderHTTP
import StrictJSON

/// Reads D-ID's error envelope `{kind, description, details?}` and what its gateway says instead.
enum DIDFailures {
  static let provider = "D-ID"

  /// Sources: docs.d-id.com reference (OpenAPI of 2023-12), its forum, de-id/agents-sdk, and public client code for the
  /// session limit.
  private static let table = FailureTable(
    provider: provider,
    rows: [
      .init(status: 400, vendorCode: "SessionError", .sessionGone, "The stream is over, or its session_id is wrong."),
      .init(vendorCode: "ValidationError", .rejected, "An option or the script was refused; see the provider's words."),
      .init(words: "invalid actor url", .avatarNotFound, "The source_url is not a photo that D-ID can read."),
      .init(vendorCode: "BadRequestError", .rejected, "The request was refused; see the provider's words."),
      .init(vendorCode: "AuthorizationError", .unauthorized, "The key was not accepted."),
      .init(vendorCode: "InsufficientCreditsError", .insufficientCredits, "The account has no credits left."),
      .init(words: "max user sessions reached", .sessionLimit, "The account has as many streams open as it may."),
      .init(vendorCode: "PermissionError", .permission, "The account has no permission for an option."),
      .init(vendorCode: "Forbidden", .permission, "The account may not do this."),
      .init(words: "agent not found", .avatarNotFound, "There is no such agent."),
      .init(vendorCode: "NotReadyError", .notReady, "The agent is not ready."),
      .init(status: 451, .moderation, "The content was refused by moderation."),
      .init(words: "stream error", stage: .inSession, .notReady, "No media is connected to the stream (any more)."),
      // The gateway's own words: it answers 403 where the header or the path is not what it expects.
      .init(status: 403, vendorCode: .absent, .unauthorized, "The gateway refused the key, or the base URL is wrong."),
    ])

  static func failure(
    _ response: ProviderResponse, to request: ProviderRequest, at stage: FailureTable.Stage
  ) -> ProviderFailure {
    table.failure(report(response), to: request, at: stage, retryAfter: response.retryAfter)
  }

  private static func report(_ response: ProviderResponse) -> VendorReport {
    let body = try? JSONParser.parse(response.body)
    let words = [body?["description"]?.string, body?["message"]?.string].compactMap { $0 } + details(body?["details"])
    return VendorReport(status: response.status, code: body?["kind"]?.string, words: words.joined(separator: "; "))
  }

  /// Field paths with what is wrong there: `{"body.script": {"message": "…"}}`.
  private static func details(_ value: JSONValue?) -> [String] {
    (value?.object?.members ?? []).compactMap { member in
      (member.value["message"]?.string ?? member.value.string).map { "\(member.name): \($0)" }
    }
  }
}
