// Why a WebSocket handshake is refused.

/// An HTTP response instead of a switch of protocols.
struct HandshakeRefusal: Error {
  let response: HTTPResponse

  init(_ status: Int, _ reason: String, _ headers: [String: String] = [:]) {
    var response = HTTPResponse.text(status, reason)
    for (name, value) in headers { response.headers[name] = value }
    self.response = response
  }
}
