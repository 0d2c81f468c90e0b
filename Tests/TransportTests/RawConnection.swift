// One connection of a scripted server.
import Foundation
import Glibc

/// One accepted connection; used by its own thread only.
final class RawConnection {
  let number: Int
  private let descriptor: Int32
  private let server: RawServer
  private var buffer: [UInt8] = []

  init(_ descriptor: Int32, number: Int, server: RawServer) {
    self.descriptor = descriptor
    self.number = number
    self.server = server
  }

  /// Reads one request and its body by `Content-Length`, and notes it; nil when the client has gone.
  func readRequest() -> RawRequest? {
    guard let head = read(through: Array("\r\n\r\n".utf8)) else { return nil }
    let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
    let words = lines[0].components(separatedBy: " ")
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    guard let body = read(count: Int(headers["content-length"] ?? "0") ?? 0) else { return nil }
    let request = RawRequest(connection: number, method: words[0], path: words[1], headers: headers, body: body)
    server.note(request)
    return request
  }

  func write(_ text: String) { write(Array(text.utf8)) }

  func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  /// A response with a length, after which the connection stays open.
  func respond(_ status: String = "200 OK", headers: String = "", _ body: String = "") {
    write("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
  }

  /// Makes the end of the script a reset (RST) instead of an orderly close.
  func resetAtEnd() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  /// Blocks until the client closes.
  func waitForEnd() { while fill() {} }

  func end() { close(descriptor) }

  private func fill() -> Bool {
    var chunk = [UInt8](repeating: 0, count: 65536)
    let count = recv(descriptor, &chunk, chunk.count, 0)
    guard count > 0 else { return false }
    buffer += chunk[..<count]
    return true
  }

  private func read(through mark: [UInt8]) -> [UInt8]? {
    while true {
      if let range = buffer.firstRange(of: mark) {
        defer { buffer.removeSubrange(..<range.upperBound) }
        return Array(buffer[..<range.lowerBound])
      }
      guard fill() else { return nil }
    }
  }

  private func read(count: Int) -> [UInt8]? {
    while buffer.count < count { guard fill() else { return nil } }
    defer { buffer.removeSubrange(..<count) }
    return Array(buffer[..<count])
  }
}
