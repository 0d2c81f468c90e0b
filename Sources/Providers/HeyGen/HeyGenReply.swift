// Takes HeyGen's envelopes off a reply.
import AvatarProvider
import ProviderCalls
import ProviderHTTP
import StrictJSON

/// Reads replies: success is a 2xx that says so, as `{"code": 100, "data": …, "message": …}`, and nothing else is.
enum HeyGenReply {
  /// HeyGen's codes of success, in lower case: the number of the captures, and the word that takes its place in some
  /// replies.
  private static let successCodes: Set = ["100", "success"]

  /// The data of a reply; null where there is none.
  /// - Throws: what the vendor's error means; for a 2xx that cannot be read, or has a code that nobody knows,
  ///   `.fateUnknown` where the call must not be repeated, since it may have had its effect. Otherwise
  ///   `.malformedReply` for what cannot be read, and `.rejected` for such a code.
  static func data(
    of response: ProviderResponse, to request: ProviderRequest, at stage: FailureTable.Stage
  ) throws(ProviderFailure) -> JSONValue {
    let body = try? JSONParser.parse(response.body)
    let report = HeyGenFailures.report(response.status, body)
    let isSuccess = (200..<300).contains(response.status)
    if isSuccess, let body, says(success: body, code: report.code) { return body["data"] ?? .null }
    guard !isSuccess || report.code != nil else { throw unreadable(response, request) }
    throw HeyGenFailures.failure(report, to: request, at: stage, retryAfter: response.retryAfter)
  }

  /// The reference shows some replies as `{"status": "success"}` only, and newer calls of the vendor answer
  /// `{"error": null, "data": {…}}`, as `create_token` does; both count.
  private static func says(success body: JSONValue, code: String?) -> Bool {
    if let code { return successCodes.contains(code.lowercased()) }
    if let status = body["status"]?.string { return successCodes.contains(status.lowercased()) }
    return body["error"]?.isNull == true && body["data"]?.object != nil
  }

  /// The token of a `create_token` reply, whose envelope is its own: `{"error": null, "data": {"token": "…"}}`
  /// (docs.heygen.com forum, 2025-01).
  static func token(of response: ProviderResponse, to request: ProviderRequest) throws(ProviderFailure) -> String {
    let body = try? JSONParser.parse(response.body)
    let isSuccess = (200..<300).contains(response.status)
    if isSuccess, (body?["error"] ?? .null).isNull, let token = body?["data"]?["token"]?.string, isHeaderSafe(token) {
      return token
    }
    let report = HeyGenFailures.report(response.status, body)
    guard !isSuccess || !report.words.isEmpty else {
      throw ProviderFailure(
        .malformedReply, "HeyGen's reply to create_token has no token.", vendor: .init(status: response.status))
    }
    throw HeyGenFailures.failure(report, to: request, at: .opening, retryAfter: response.retryAfter)
  }

  private static func isHeaderSafe(_ token: String) -> Bool {
    !token.isEmpty && token.utf8.allSatisfy { (0x21..<0x7F).contains($0) }
  }

  private static func unreadable(_ response: ProviderResponse, _ request: ProviderRequest) -> ProviderFailure {
    let vendor = ProviderFailure.Vendor(status: response.status)
    return switch request.repeatability {
    case .once:
      ProviderFailure(
        .fateUnknown, "HeyGen's reply could not be read; whether the call had its effect is not known.", vendor: vendor)
    case .repeatable: ProviderFailure(.malformedReply, "HeyGen's reply could not be read.", vendor: vendor)
    }
  }
}
