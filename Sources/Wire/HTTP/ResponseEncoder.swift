// Writes HTTP/1.1 responses with the fields that are the server's own.
import Basics

/// Turns a response into bytes. A field that could break out of its line makes the whole response an error.
package enum ResponseEncoder {
  /// Tells a client that waits for it to send its body (RFC 9110 section 15.2.1).
  package static let continueLine = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

  /// Names that the listener writes itself.
  private static let own: Set<String> = ["content-length", "transfer-encoding", "connection", "keep-alive"]

  /// Writes a whole response.
  /// - Parameters:
  ///   - date: the time as ``HTTPDate`` writes it, for a response that names none of its own.
  ///   - isHead: whether the request was HEAD, so that the body is announced and not sent.
  /// - Returns: nil when the status or a field cannot be sent.
  package static func encode(_ response: HTTPResponse, isHead: Bool, keepsAlive: Bool, date: String) -> [UInt8]? {
    guard (200...999).contains(response.status) || response.status == 101 else { return nil }
    var text = "HTTP/1.1 \(response.status) \(reason(response.status))\r\n"
    for field in response.headers.fields {
      guard field.name.utf8.isHTTPToken, HTTPSyntax.isFieldValue(field.value.utf8) else { return nil }
      if !own.contains(field.name.lowercased()) { text += "\(field.name): \(field.value)\r\n" }
    }
    if response.headers["Date"] == nil { text += "Date: \(date)\r\n" }
    let hasBody = response.status != 204 && response.status != 304 && response.status != 101
    if hasBody { text += "Content-Length: \(response.body.count)\r\n" }
    // Upgrade is a field of this hop alone, so Connection has to name it (RFC 9110 section 7.8).
    var options = response.headers["Upgrade"] == nil ? [] : ["Upgrade"]
    if response.status != 101 { options.append(keepsAlive ? "keep-alive" : "close") }
    text += "Connection: \(options.joined(separator: ", "))\r\n"
    text += "\r\n"
    return Array(text.utf8) + (hasBody && !isHead ? response.body : [])
  }

  /// Reason phrases of RFC 9110 section 15; clients ignore them.
  static func reason(_ status: Int) -> String {
    switch status {
    case 101: "Switching Protocols"
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    case 204: "No Content"
    case 301: "Moved Permanently"
    case 302: "Found"
    case 304: "Not Modified"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 402: "Payment Required"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 413: "Content Too Large"
    case 415: "Unsupported Media Type"
    case 417: "Expectation Failed"
    case 426: "Upgrade Required"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    case 505: "HTTP Version Not Supported"
    default: "Status"
    }
  }
}
