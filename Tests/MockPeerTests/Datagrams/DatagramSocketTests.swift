// Tests datagram sockets over loopback.
import MockPeer
import Testing

@testable import Transport

@Suite("Datagram socket", .timeLimit(.minutes(1)))
struct DatagramSocketTests {
  private struct Received: Sendable {
    let datagram: [UInt8]
    let sender: DatagramAddress
  }

  /// Starts a socket whose datagrams come as a stream.
  private static func start(_ socket: DatagramSocket, on loop: EventLoop) async throws -> AsyncStream<Received> {
    let (stream, continuation) = AsyncStream.makeStream(of: Received.self)
    let isStarted = await loop.perform {
      (try? socket.start(on: loop) { continuation.yield(Received(datagram: $0, sender: $1)) }) != nil
    }
    try #require(isStarted)
    return stream
  }

  @Test(arguments: ["127.0.0.1", "::1"])
  func datagramsGoBothWays(host: String) async throws {
    let loop = try EventLoop()
    let one = try DatagramSocket(host: host, port: 0)
    let two = try DatagramSocket(host: host, port: 0)
    var atOne = try await Self.start(one, on: loop).makeAsyncIterator()
    var atTwo = try await Self.start(two, on: loop).makeAsyncIterator()
    for size in [0, 1, 1200, DatagramSocket.maximumBytes] {
      let datagram = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
      #expect(await loop.perform { one.send(datagram, to: two.address) })
      let there = await atTwo.next()
      #expect(there?.datagram == datagram && there?.sender == one.address)
      #expect(await loop.perform { two.send(datagram, to: one.address) })
      #expect(await atOne.next()?.datagram == datagram)
    }
    #expect(await loop.perform { one.sentCount } == 4)
    await loop.stop()
  }

  @Test func datagramsThatAreTooLongAreCounted() async throws {
    let loop = try EventLoop()
    let one = try DatagramSocket(host: "127.0.0.1", port: 0)
    let two = try DatagramSocket(host: "127.0.0.1", port: 0)
    _ = try await Self.start(one, on: loop)
    var atTwo = try await Self.start(two, on: loop).makeAsyncIterator()
    await loop.perform {
      one.send([UInt8](repeating: 1, count: DatagramSocket.maximumBytes + 1), to: two.address)
      one.send([2], to: two.address)
    }
    #expect(await atTwo.next()?.datagram == [2])
    #expect(await loop.perform { two.oversizedCount } == 1)
    await loop.stop()
  }

  @Test func whatCannotBeSentIsDroppedAndCounted() async throws {
    let loop = try EventLoop()
    let socket = try DatagramSocket(host: "127.0.0.1", port: 0)
    let other = try #require(DatagramAddress(host: "::1", port: 9))
    let near = try #require(DatagramAddress(host: "127.0.0.1", port: 9))
    #expect(await loop.perform { !socket.send([1], to: near) }, "not started")
    _ = try await Self.start(socket, on: loop)
    #expect(await loop.perform { !socket.send([1], to: other) }, "another family")
    #expect(await loop.perform { !socket.send([UInt8](repeating: 0, count: 70_000), to: near) }, "longer than UDP has")
    await loop.perform { socket.close() }
    #expect(await loop.perform { !socket.send([1], to: near) }, "closed")
    #expect(await loop.perform { socket.droppedCount } == 4)
    await loop.stop()
  }

  /// An unreachable port answers with ICMP, which must neither stop the socket nor make it spin.
  @Test func anUnreachablePortHurtsNobody() async throws {
    let loop = try EventLoop()
    let one = try DatagramSocket(host: "127.0.0.1", port: 0)
    let two = try DatagramSocket(host: "127.0.0.1", port: 0)
    let gone = try DatagramSocket(host: "127.0.0.1", port: 0).address
    _ = try await Self.start(one, on: loop)
    var atTwo = try await Self.start(two, on: loop).makeAsyncIterator()
    for _ in 0..<20 { _ = await loop.perform { one.send([1], to: gone) } }
    _ = await loop.perform { one.send([2], to: two.address) }
    #expect(await atTwo.next()?.datagram == [2])
    await loop.stop()
  }

  @Test func aPortIsFreeWhenTheSocketHasClosed() async throws {
    let loop = try EventLoop()
    let first = try DatagramSocket(host: "127.0.0.1", port: 0)
    let port = Int(first.address.port)
    _ = try await Self.start(first, on: loop)
    #expect(throws: TransportError.self) { try DatagramSocket(host: "127.0.0.1", port: port) }
    await withCheckedContinuation { continuation in
      loop.execute {
        first.close()
        continuation.resume()
      }
    }
    _ = try DatagramSocket(host: "127.0.0.1", port: port)
    await loop.stop()
  }

  @Test(arguments: [("localhost", 0), ("256.0.0.1", 0), ("127.0.0.1", 65_536), ("127.0.0.1", -1), ("203.0.113.9", 0)])
  func addressesThatAreNotOursAreRefused(host: String, port: Int) {
    do throws(TransportError) {
      _ = try DatagramSocket(host: host, port: port)
      Issue.record("\(host):\(port) was bound")
    } catch { #expect(error.code == .invalidAddress) }
  }

  @Test func aLoopThatEndsTakesItsSocketsAlong() async throws {
    let loop = try EventLoop()
    let socket = try DatagramSocket(host: "127.0.0.1", port: 0)
    let port = Int(socket.address.port)
    _ = try await Self.start(socket, on: loop)
    await loop.stop()
    _ = try DatagramSocket(host: "127.0.0.1", port: port)
  }

  @Test func addressesAreWhatTheyWereMadeOf() throws {
    let v4 = try #require(DatagramAddress(host: "192.0.2.33", port: 443))
    #expect(v4.bytes == [192, 0, 2, 33] && v4.description == "192.0.2.33:443" && !v4.isLoopback && !v4.isLinkLocal)
    let v6 = try #require(DatagramAddress(host: "2001:db8::1", port: 1))
    #expect(v6.bytes.count == 16 && v6.description == "[2001:db8::1]:1")
    #expect(try #require(DatagramAddress(host: "::1", port: 0)).isLoopback)
    #expect(try #require(DatagramAddress(host: "127.9.9.9", port: 0)).isLoopback)
    #expect(try #require(DatagramAddress(host: "fe80::1", port: 0)).isLinkLocal)
    let own = DatagramAddress.ofInterfaces()
    #expect(own.contains { $0.host == "127.0.0.1" } && own.allSatisfy { !$0.isLinkLocal && $0.port == 0 })
  }
}
