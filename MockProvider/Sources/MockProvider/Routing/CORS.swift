// What lets a page of another origin call the mock.
import Transport

/// Cross-origin headers (Fetch standard section 3.2), for any origin: the vendors answer browsers everywhere.
enum CORS {
  private static let fields: [(name: String, value: String)] = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE, OPTIONS"),
    // Named one by one: a wildcard does not cover `authorization` (Fetch standard section 3.2.3).
    ("Access-Control-Allow-Headers", "authorization, content-type, x-api-key, x-playground-chat"),
    ("Access-Control-Expose-Headers", "content-type, date, retry-after"),
  ]

  /// The answer to a preflight, which comes without credentials.
  static func preflight(_ request: HTTPRequest) -> HTTPResponse {
    var response = allow(HTTPResponse(status: 204))
    response.headers["Access-Control-Max-Age"] = "600"
    // Chromium asks so when a public page calls a loopback address.
    if request.headers["Access-Control-Request-Private-Network"] == "true" {
      response.headers["Access-Control-Allow-Private-Network"] = "true"
    }
    return response
  }

  /// The response with the headers that let a page read it, whatever its status.
  static func allow(_ response: HTTPResponse) -> HTTPResponse {
    var response = response
    for field in fields { response.headers[field.name] = field.value }
    return response
  }
}
