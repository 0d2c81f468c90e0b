// RTP packets, byte by byte.
import Basics
import Testing

@testable import MockPeer

@Suite("RTP")
struct RtpSenderTests {
  private static let start = MonotonicInstant(sinceStart: .zero)

  private func sender(_ retransmission: RtpSender.Retransmission? = nil) -> RtpSender {
    var random = SeededBits(seed: 5)
    return RtpSender(
      ssrc: 0x0102_0304, clockRate: 90_000, mid: "v", payloadType: 102, extensions: .none,
      retransmission: retransmission, random: &random)
  }

  @Test func aPacketHasTwelveBytesOfHeader() {
    let packet = RtpPacket(
      payloadType: 102, isMarked: true, sequence: 0xABCD, timestamp: 0x0102_0304, ssrc: 0x0506_0708, payload: [9])
    #expect(
      packet.encoded(.none, mid: "v", absoluteSendTime: 0) == [
        0x80, 0xE6, 0xAB, 0xCD, 1, 2, 3, 4, 5, 6, 7, 8, 9,
      ])
  }

  @Test func extensionsFillWholeWords() {
    let packet = RtpPacket(payloadType: 111, isMarked: false, sequence: 1, timestamp: 2, ssrc: 3, payload: [9])
    let both = PeerHeaderExtensions(mid: 4, absoluteSendTime: 2)
    #expect(
      packet.encoded(both, mid: "v", absoluteSendTime: 0x0A0B0C) == [
        0x90, 111, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xBE, 0xDE, 0, 2, 0x40, 0x76, 0x22, 0x0A, 0x0B, 0x0C, 0, 0, 9,
      ])
    let mid = PeerHeaderExtensions(mid: 4)
    #expect(packet.encoded(mid, mid: "abc", absoluteSendTime: 0)[12...] == [0xBE, 0xDE, 0, 1, 0x42, 97, 98, 99, 9])
  }

  @Test func sequencesGrowAndTheLastIsMarked() {
    var sender = sender()
    let packets = sender.packets(of: [[1], [2], [3]], at: .zero, marksLast: true)
    let next = sender.packets(of: [[4]], at: .milliseconds(40), marksLast: true)
    #expect(packets.map(\.isMarked) == [false, false, true])
    #expect(packets.map(\.sequence) == (0..<3).map { packets[0].sequence &+ $0 })
    #expect(next[0].sequence == packets[2].sequence &+ 1)
    #expect(Set(packets.map(\.timestamp)).count == 1)
    #expect(next[0].timestamp &- packets[0].timestamp == 3_600)
    #expect(sender.statistics.packets == 4 && sender.statistics.frames == 2 && sender.octets == 4)
  }

  @Test func timestampsWrapWithoutDrift() {
    let sender = sender()
    let day = sender.timestamp(at: .seconds(86_400)) &- sender.timestamp(at: .zero)
    #expect(day == UInt32(truncatingIfNeeded: 86_400 * 90_000))
    let third = sender.timestamp(at: .nanoseconds(33_333_334)) &- sender.timestamp(at: .zero)
    #expect(third == 3_000)
  }

  @Test func lostPacketsGoOutUnderTheirOwnSource() throws {
    var sender = sender(.init(ssrc: 77, payloadType: 103))
    let packets = sender.packets(of: [[1], [2]], at: .zero, marksLast: true)
    let resent = sender.again(packets[1].sequence, now: Self.start)
    let again = try #require(resent)
    #expect(again.ssrc == 77 && again.payloadType == 103 && again.isMarked)
    #expect(again.timestamp == packets[1].timestamp)
    #expect(again.payload == [UInt8(packets[1].sequence >> 8), UInt8(packets[1].sequence & 0xFF), 2])
    #expect(sender.statistics.retransmitted == 1)
  }

  @Test func withoutASecondSourceThePacketIsRepeated() {
    var sender = sender()
    let packet = sender.packets(of: [[1]], at: .zero, marksLast: true)[0]
    let again = sender.again(packet.sequence, now: Self.start)
    #expect(again == packet)
  }

  @Test func aPacketIsNotRepeatedTooOften() {
    var sender = sender()
    let sequence = sender.packets(of: [[1]], at: .zero, marksLast: true)[0].sequence
    let isResent = [0, 19, 20].map { sender.again(sequence, now: Self.start.advanced(by: .milliseconds($0))) != nil }
    #expect(isResent == [true, false, true])
  }

  @Test func onlyTheLastPacketsAreKept() {
    var sender = sender()
    let payloads = [[UInt8]](repeating: [1], count: RetransmissionRing.capacity + 1)
    let packets = sender.packets(of: payloads, at: .zero, marksLast: true)
    let first = packets[0].sequence
    let asked = [first, first &+ 1, first &- 1, first &+ UInt16(packets.count)]
    let isKept = asked.map { sender.again($0, now: Self.start) != nil }
    #expect(isKept == [false, true, false, false])
  }

  /// More requests than there are packets: the memory of when each was resent stays small, and nothing is lost.
  @Test func manyRequestsAreMet() {
    var sender = sender()
    for round in 0..<3 {
      let packets = sender.packets(of: [[UInt8]](repeating: [1], count: 500), at: .zero, marksLast: true)
      let now = Self.start.advanced(by: .seconds(round))
      let resent = packets.count { sender.again($0.sequence, now: now) != nil }
      #expect(resent == packets.count)
    }
  }
}
