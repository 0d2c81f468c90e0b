// Asks the relay's admin listener over a socket, as an operator or a monitoring system does.
import Foundation
import StrictJSON
import TestSupport
import Testing

/// What the admin listener answered.
struct OperatorReply {
  let status: Int
  let head: String
  let body: String
  var json: JSONValue? { try? JSONParser.parse(body) }
}

extension Stage {
  /// Makes one request, on a connection of its own.
  /// - Parameters:
  ///   - line: method and path, as `GET /sessions`.
  ///   - fields: the header's; the right key unless others are given.
  func ask(
    _ line: String, _ fields: [String] = ["Authorization: Bearer \(Stage.adminKey)"], host: String = "127.0.0.1",
    body: String = ""
  ) async throws -> OperatorReply {
    let socket = try RawSocket(port: try #require(relay.adminPort))
    let head =
      ["\(line) HTTP/1.1", "Host: \(host)", "Connection: close", "Content-Length: \(body.utf8.count)"] + fields
    socket.send(Array((head.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8))
    var bytes: [UInt8] = []
    for await chunk in socket.chunks() { bytes += chunk }
    let parts = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n\r\n")
    let status = Int(parts[0].split(separator: " ").dropFirst().first ?? "") ?? 0
    return OperatorReply(status: status, head: parts[0], body: parts.dropFirst().joined(separator: "\r\n\r\n"))
  }

  /// The lines of the relay's metrics.
  func metrics() async throws -> [String] {
    try await ask("GET /metrics").body.split(separator: "\n").map(String.init)
  }
}
