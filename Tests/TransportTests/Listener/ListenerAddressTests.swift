// Tests where a listener listens, and what happens when somebody is there already.
import Foundation
import TestSupport
import Testing

@testable import Transport

@Suite struct ListenerAddressTests {
  static let request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

  @Test func localhostIsBothLoopbacksOnOnePort() async throws {
    try await ServerFixture.run(address: .tcp(host: "localhost", port: 0), http: { .text(200, $0.remoteAddress) }) {
      server in
      try #expect(RawSocket.connected(port: server.port, host: "127.0.0.1").exchange(Self.request)?.text == "127.0.0.1\n")
      try #expect(RawSocket.connected(port: server.port, host: "::1").exchange(Self.request)?.text == "::1\n")
    }
  }

  @Test func allAddressesOfBothFamilies() async throws {
    try await ServerFixture.run(address: .tcp(host: "::", port: 0), http: { .text(200, $0.remoteAddress) }) { server in
      try #expect(RawSocket.connected(port: server.port, host: "127.0.0.1").exchange(Self.request)?.text == "127.0.0.1\n")
      try #expect(RawSocket.connected(port: server.port, host: "::1").exchange(Self.request)?.text == "::1\n")
    }
  }

  @Test(arguments: ["127.0.0.1", "0.0.0.0", "localhost", "::1"])
  func aSecondListenerOnThePortFailsLoudly(_ host: String) async throws {
    try await ServerFixture.run(address: .tcp(host: host, port: 0)) { server in
      let error = await #expect(throws: TransportError.self) {
        try await ServerFixture.run(address: .tcp(host: host, port: server.port)) { _ in }
      }
      #expect(error?.code == .addressInUse)
    }
  }

  @Test func thePortIsFreeAgainAfterAStopWithConnections() async throws {
    var port = 0
    try await ServerFixture.run { server in
      port = server.port
      try #expect(server.connect().exchange(Self.request)?.status == 200)
    }
    try await ServerFixture.run(address: .tcp(host: "127.0.0.1", port: port)) { server in #expect(server.port == port) }
  }

  @Test(arguments: [
    ListenerConfiguration.Address.tcp(host: "example.invalid", port: 0), .tcp(host: "", port: 0),
    .tcp(host: "127.0.0.1", port: 65536), .tcp(host: "127.0.0.1", port: -1), .tcp(host: "192.0.2.1", port: 0),
    .tcp(host: "localhost", port: 70000), .unix(path: ""), .unix(path: String(repeating: "a", count: 200)),
  ])
  func whatIsNoAddressHereIsRefused(_ address: ListenerConfiguration.Address) async throws {
    let error = await #expect(throws: TransportError.self) { try await ServerFixture.run(address: address) { _ in } }
    #expect(error?.code == .invalidAddress)
  }

  @Test func unixSockets() async throws {
    let path = NSTemporaryDirectory() + "listener-\(UInt32.random(in: 0 ... .max)).sock"
    try await ServerFixture.run(address: .unix(path: path), http: { .text(200, $0.remoteAddress) }) { server in
      #expect(server.listener.port == nil)
      try #expect(RawSocket(path: path).exchange(Self.request)?.text == "unix\n")
      let error = await #expect(throws: TransportError.self) {
        try await ServerFixture.run(address: .unix(path: path)) { _ in }
      }
      #expect(error?.code == .addressInUse)
      try #expect(RawSocket(path: path).exchange(Self.request)?.status == 200)
    }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func aStaleSocketFileIsReplacedAndAnyOtherFileIsNot() async throws {
    let path = NSTemporaryDirectory() + "listener-\(UInt32.random(in: 0 ... .max)).sock"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await ServerFixture.run(address: .unix(path: path)) { _ in
      // What a crash leaves behind: the file without a listener.
      try FileManager.default.linkItem(atPath: path, toPath: path + "2")
    }
    try FileManager.default.moveItem(atPath: path + "2", toPath: path)
    try await ServerFixture.run(address: .unix(path: path)) { _ in
      try #expect(RawSocket(path: path).exchange(Self.request)?.status == 200)
    }
    try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
    let error = await #expect(throws: TransportError.self) {
      try await ServerFixture.run(address: .unix(path: path)) { _ in }
    }
    #expect(error?.code == .listen)
    #expect(FileManager.default.contents(atPath: path) == Data("mine".utf8))
  }
}
