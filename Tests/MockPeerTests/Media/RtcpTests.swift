// RTCP, byte by byte.
import Basics
import Testing

@testable import MockPeer

@Suite("RTCP")
struct RtcpTests {
  @Test func aSenderReportComesWithItsName() {
    let bytes = RtcpWriter.senderReport(
      ssrc: 0x0102_0304, ntp: 0x1122_3344_5566_7788, timestamp: 0xA0B0_C0D0, packets: 5, octets: 600, cname: "janus")
    #expect(
      bytes
        == [UInt8](
          hex: """
            80c80006 01020304 11223344 55667788 a0b0c0d0 00000005 00000258
            81ca0003 01020304 01056a61 6e757300
            """))
  }

  @Test(arguments: 1...9)
  func namesAreFilledToWholeWords(count: Int) {
    let name = String(repeating: "x", count: count)
    let bytes = RtcpWriter.senderReport(ssrc: 1, ntp: 0, timestamp: 0, packets: 0, octets: 0, cname: name)
    #expect(bytes.count % 4 == 0)
    #expect(bytes.count == 28 + 4 + 4 * Int(bytes.uint16(at: 30)))
    #expect(bytes.last == 0)
  }

  @Test func aGoodbyeNamesEveryTrack() {
    let bytes = RtcpWriter.goodbye(ssrcs: [1, 2], cname: "a")
    #expect(
      bytes == [UInt8](hex: "80c90001 00000001 81ca0002 00000001 01016100 82cb0002 00000001 00000002"))
    #expect(RtcpWriter.goodbye(ssrcs: [], cname: "a").isEmpty)
  }

  @Test func reportBlocksAreRead() throws {
    let bytes = [UInt8](
      hex: """
        81c90007 0000000a 01020304 40000001 00000002 00000003 aabbccdd 00010000
        """)
    let feedback = try #require(RtcpReader.feedback(in: bytes))
    guard case .report(let block) = feedback.first else {
      Issue.record("no report")
      return
    }
    #expect(block.ssrc == 0x0102_0304 && block.fractionLost == 0x40)
    #expect(block.roundTrip(now: 0xAABB_CCDD &+ 0x0001_0000 &+ 0x0000_8000) == .milliseconds(500))
    #expect(block.roundTrip(now: 0xAABB_CCDD) == nil)
  }

  @Test func requestsAreRead() {
    // PLI, FIR for one source, NACK for 100 and 102, REMB of 1 Mbit/s, as one compound packet.
    let bytes = [UInt8](
      hex: """
        81ce0002 0000000a 00000007
        84ce0004 0000000a 00000000 00000008 01000000
        81cd0003 0000000a 00000007 00640002
        8fce0005 0000000a 00000000 52454d42 010bd090 00000007
        """)
    #expect(
      RtcpReader.feedback(in: bytes) == [
        .keyFrame(ssrc: 7), .keyFrame(ssrc: 8), .missing(ssrc: 7, sequences: [100, 102]),
        .bandwidth(bitsPerSecond: 0x3D090 << 2),
      ])
  }

  @Test func theLongestRequestIsLimited() {
    let pairs = [UInt8](hex: String(repeating: "0000ffff", count: 300))
    var bytes = [UInt8](hex: "81cd0000 0000000a 00000007") + pairs
    bytes[2] = UInt8((2 + 300) >> 8)
    bytes[3] = UInt8((2 + 300) & 0xFF)
    guard case .missing(_, let sequences)? = RtcpReader.feedback(in: bytes)?.first else {
      Issue.record("no request")
      return
    }
    #expect(sequences.count == RtcpReader.maximumMissing)
  }

  @Test(arguments: [
    "", "81", "81c900", "41c90001 00000001", "80c90002 00000001", "82c90001 0000000a", "81cd0001 0000000a",
    "81ce0001 0000000a", "81c8000600000000000000000000000000000000000000000000",
  ])
  func brokenPacketsAreRefused(hex: String) { #expect(RtcpReader.feedback(in: [UInt8](hex: hex)) == nil) }

  @Test(arguments: [
    "80cb0000", "80cc0001 00000001", "8fce0002 0000000a 00000000", "8fcd0003 0000000a 00000007 00000000",
  ])
  func whatIsNotOfUseIsLeftOut(hex: String) { #expect(RtcpReader.feedback(in: [UInt8](hex: hex)) == []) }

  /// An exponent of 63 must not overflow.
  @Test func anAbsurdBandwidthIsLeftOut() {
    #expect(RtcpReader.feedback(in: [UInt8](hex: "8fce0004 0000000a 00000000 52454d42 01ffffff")) == [])
  }

  @Test func networkTimeCountsFractions() {
    let instant = MonotonicInstant(sinceStart: .milliseconds(1_500))
    let earlier = MonotonicInstant(sinceStart: .milliseconds(1_000))
    #expect(NetworkTime.ntp(instant) - NetworkTime.ntp(earlier) == 1 << 31)
    #expect(NetworkTime.middle(instant) &- NetworkTime.middle(earlier) == 0x8000)
    #expect(NetworkTime.absoluteSendTime(instant) &- NetworkTime.absoluteSendTime(earlier) == 1 << 17)
  }
}
