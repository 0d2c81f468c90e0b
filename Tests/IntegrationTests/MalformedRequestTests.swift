// Malformed HTTP at relay and mock: an error or a closed connection, never a crash, a hang, or growing memory.
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct MalformedRequestTests {
  @Test func everyRowGetsAnErrorOrACloseAndTheServersLiveOn() async throws {
    #expect(MalformedRequests.rows.count >= 40)
    try await Stage.run { stage in
      let mockPort = try #require(stage.mock.baseURL.split(separator: ":").last.flatMap { Int($0) })
      for (port, health) in [(stage.port, "/healthz"), (mockPort, "/__admin/health")] {
        for row in MalformedRequests.rows {
          let status = try await Self.exchange(row.bytes, port: port)
          // An error, a redirect, the mock's preflight (204), or a connection that just ends; never a success.
          let isRefused = status.map { $0 >= 204 } ?? true
          #expect(isRefused, "\(row.name) at port \(port): \(status ?? 0)")
        }
        let alive = Array("GET \(health) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".utf8)
        #expect(try await Self.exchange(alive, port: port) == 200, "\(health)")
      }
    }
  }

  @Test func memoryStaysFlat() async throws {
    try await Stage.run { stage in
      let mockPort = try #require(stage.mock.baseURL.split(separator: ":").last.flatMap { Int($0) })
      var sizes: [Int] = []
      for round in 1...12 {
        for port in [stage.port, mockPort] {
          for row in MalformedRequests.rows { _ = try await Self.exchange(row.bytes, port: port) }
        }
        // As many malformed messages as end a connection.
        let client = try await stage.client()
        for _ in 0..<100 { client.send(raw: "{\"jsonrpc\":\"2.0\",\"id\":[\(round)]}") }
        #expect(try await client.waitForClose() == 4500)
        if round == 4 || round == 12 { sizes.append(try Self.residentBytes()) }
      }
      #expect(sizes[1] - sizes[0] < 8 << 20, "grew by \((sizes[1] - sizes[0]) >> 10) KiB in eight rounds")
    }
  }

  /// Sends bytes, half closes, and returns the status of the answer; nil when the connection ended without one.
  private static func exchange(_ bytes: [UInt8], port: Int) async throws -> Int? {
    let socket = try RawSocket(port: port)
    socket.send(bytes)
    socket.finishSending()
    var answer: [UInt8] = []
    for await chunk in socket.chunks() where answer.count < 4096 { answer += chunk }
    let head = String(decoding: answer.prefix(16), as: UTF8.self).split(separator: " ")
    return head.count >= 2 && head[0].hasPrefix("HTTP/1.") ? Int(head[1]) : nil
  }

  private static func residentBytes() throws -> Int {
    let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")[1]
    return Int(pages)! * 4096
  }
}
