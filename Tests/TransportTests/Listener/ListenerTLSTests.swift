// Tests HTTPS and WSS, and certificates that change.
import Foundation
import Logging
import TestSupport
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(2))) struct ListenerTLSTests {
  private static func run(
    _ certificates: TestCertificates, configure: @escaping (inout ListenerConfiguration) -> Void = { _ in },
    _ body: (ServerFixture) async throws -> Void
  ) async throws {
    try await ServerFixture.run(configure: {
      $0.tls = .init(certificateFile: certificates.path("a.pem"), keyFile: certificates.path("a.key"))
      configure(&$0)
    }) { server in try await body(server) }
  }

  @Test func requestsAndMessagesOverTLS() async throws {
    let certificates = try TestCertificates()
    try certificates.make("a", subject: "localhost")
    try await Self.run(certificates) { server in
      let client = try TLSClient(port: server.port)
      let body = String(repeating: "abcdefgh", count: 12_500)
      client.send(Array("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n\(body)".utf8))
      #expect(client.read(through: "\r\n\r\n")?.contains("HTTP/1.1 200 OK") == true)
      let echoed = client.read(100_000).map { String(decoding: $0, as: UTF8.self) }
      #expect(echoed?.utf8.count == 100_000)
      #expect((echoed == body) == true)
      // The same connection becomes a WebSocket.
      client.send(Array(ServerFixture.handshake.utf8))
      #expect(client.read(through: "\r\n\r\n")?.contains("101 Switching Protocols") == true)
      let text = [UInt8](repeating: 0x61, count: 70_000)
      client.send(TestFrame.bytes(1, text))
      #expect(client.read(10) == [0x81, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70])
      #expect((client.read(70_000) == text) == true)
      client.send(TestFrame.bytes(8, TestFrame.closePayload(4000)))
      #expect(client.read(4) == [0x88, 2, 0x0F, 0xA0])
      #expect(await server.webSocket.closeCode() == 4000)
    }
  }

  @Test func onlyHTTP11IsNegotiated() async throws {
    let certificates = try TestCertificates()
    try certificates.make("a", subject: "localhost")
    try await Self.run(certificates) { server in
      let client = try TLSClient(port: server.port, protocols: "h2,http/1.1")
      #expect(client.read(through: "ALPN protocol: http/1.1\n") != nil)
    }
  }

  @Test func aNewPairServesNewHandshakesAndOldConnectionsGoOn() async throws {
    let certificates = try TestCertificates()
    try certificates.make("a", subject: "first")
    try certificates.make("b", subject: "second")
    try await Self.run(certificates) { server in
      let old = try TLSClient(port: server.port)
      #expect(old.read(through: "CN = first") != nil)
      try certificates.copy("b.pem", to: "a.pem")
      try certificates.copy("b.key", to: "a.key")
      try await server.listener.reloadCertificate()
      #expect(try TLSClient(port: server.port).read(through: "CN = second") != nil)
      old.send(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
      #expect(old.read(through: "HTTP/1.1 200 OK") != nil)
    }
  }

  @Test func aBadPairIsRefusedAndTheOldOneStays() async throws {
    let certificates = try TestCertificates()
    try certificates.make("a", subject: "first")
    try certificates.make("b", subject: "second")
    try certificates.make("c", subject: "third", passphrase: "secret")
    try await Self.run(certificates) { server in
      // Certificate and key do not belong together; the key is missing; no PEM at all; a key that wants a passphrase.
      try certificates.copy("b.pem", to: "a.pem")
      await Self.expectRefusal(server)
      try FileManager.default.removeItem(atPath: certificates.path("a.key"))
      await Self.expectRefusal(server)
      try Data("no PEM".utf8).write(to: URL(fileURLWithPath: certificates.path("a.pem")))
      await Self.expectRefusal(server)
      try certificates.copy("c.pem", to: "a.pem")
      try certificates.copy("c.key", to: "a.key")
      await Self.expectRefusal(server)
      #expect(try TLSClient(port: server.port).read(through: "CN = first") != nil)
    }
  }

  private static func expectRefusal(_ server: ServerFixture) async {
    let error = await #expect(throws: TransportError.self) { try await server.listener.reloadCertificate() }
    #expect(error?.code == .certificate)
  }

  @Test func aListenerDoesNotStartWithABadPair() async throws {
    let certificates = try TestCertificates()
    let error = await #expect(throws: TransportError.self) { try await Self.run(certificates) { _ in } }
    #expect(error?.code == .certificate)
  }

  @Test func plainBytesAndSilenceOnATLSPortEnd() async throws {
    let certificates = try TestCertificates()
    try certificates.make("a", subject: "localhost")
    try await Self.run(certificates, configure: { $0.handshakeTimeout = .seconds(2) }) { server in
      let plain = try server.connect()
      plain.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(!String(decoding: plain.readToEnd(), as: UTF8.self).contains("HTTP"))
      let silent = try server.connect()
      #expect(silent.isAtEnd)
      // A whole handshake and no request.
      let handshaken = try TLSClient(port: server.port)
      while handshaken.read(64) != nil {}
      while await server.listener.connectionCount > 0, !Task.isCancelled { await Task.yield() }
    }
  }

  @Test func theEndOfTheLoopTellsTLSPeersToo() async throws {
    let certificates = try TestCertificates()
    try certificates.make("a", subject: "localhost")
    var client: TLSClient?
    try await Self.run(certificates) { server in
      client = try TLSClient(port: server.port)
      client?.send(Array(ServerFixture.handshake.utf8))
      #expect(client?.read(through: "\r\n\r\n") != nil)
    }
    #expect(client?.read(4) == [0x88, 12, 0x03, 0xE9])
  }

  @Test func tlsListenersComeAndGo() async throws {
    let certificates = try TestCertificates()
    try certificates.make("a", subject: "localhost")
    try await ServerFixture.run { server in
      var configuration = ListenerConfiguration(address: .tcp(host: "127.0.0.1", port: 0))
      configuration.tls = .init(certificateFile: certificates.path("a.pem"), keyFile: certificates.path("a.key"))
      for _ in 0..<5 {
        let listener = try await Listener.start(
          configuration, on: server.loop, http: ClosureHTTPHandler(body: ServerFixture.echo),
          logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let client = try TLSClient(port: try #require(listener.port))
        client.send(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
        #expect(client.read(through: "200 OK") != nil)
        await listener.stop()
      }
    }
  }
}
