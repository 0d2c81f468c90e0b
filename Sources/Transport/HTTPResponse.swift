// What a handler answers to an HTTP request.

/// A complete response. `Content-Length`, `Date` and `Connection` are added by the listener.
public struct HTTPResponse: Sendable {
  public var status: Int
  public var headers: HTTPHeaders
  public var body: [UInt8]
  /// Drop the connection without any answer; only the mock's faults do this.
  public var dropsConnection = false

  public init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// A short text for people.
  public static func text(_ status: Int, _ text: String) -> HTTPResponse {
    HTTPResponse(
      status: status, headers: ["Content-Type": "text/plain; charset=utf-8"], body: Array((text + "\n").utf8))
  }

  /// Closes the connection without a byte of an answer.
  public static var drop: HTTPResponse {
    var response = HTTPResponse(status: 0)
    response.dropsConnection = true
    return response
  }
}
