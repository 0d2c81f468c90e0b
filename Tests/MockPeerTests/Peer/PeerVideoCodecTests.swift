// Names of codecs.
import MockPeer
import Testing

@Suite struct PeerVideoCodecTests {
  @Test func namesAreThoseOfSDP() {
    #expect(PeerVideoCodec.allCases.map(\.rawValue) == ["VP8", "H264"])
  }
}
