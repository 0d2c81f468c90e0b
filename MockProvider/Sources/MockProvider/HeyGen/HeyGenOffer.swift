// Writes the SDP that HeyGen's media server offers.
import MockPeer

/// An offer in the shape of those captured from HeyGen in 2024-08 and 2025-02, which Pion wrote: video, audio and data
/// in this order under the mids 0, 1 and 2, candidates in the video section only and for two components.
struct HeyGenOffer {
  let codec: PeerVideoCodec
  let terms: OfferTerms
  /// The session id of the `o=` line.
  let sessionID: String
  let unixTime: Int64
  /// SSRCs of video and audio.
  let sources: [UInt32]

  init(codec: PeerVideoCodec, terms: OfferTerms, unixTime: Int64, from identifiers: inout VendorIdentifiers) {
    self.codec = codec
    self.terms = terms
    self.unixTime = unixTime
    sessionID = "1" + identifiers.text(17, of: .digits)
    sources = (1...2).map { identifiers.source($0) }
  }

  /// The same as the peer has it.
  var description: PeerDescription {
    PeerDescription(
      credentials: terms.credentials,
      audio: PeerAudio(mid: "1", ssrc: sources[1], payloadType: 111),
      video: PeerVideo(mid: "0", ssrc: sources[0], formats: [PeerVideo.Format(codec: codec, payloadType: 96)]),
      dataMid: "2", cname: "pion")
  }

  var sdp: String {
    let lines = session + video + audio + data
    return lines.map { $0 + "\r\n" }.joined()
  }

  private var session: [String] {
    [
      "v=0", "o=- \(sessionID) \(unixTime) IN IP4 0.0.0.0", "s=-", "t=0 0",
    ] + terms.liteness + [
      "a=msid-semantic:WMS*", "a=fingerprint:\(terms.fingerprint)", "a=extmap-allow-mixed", "a=group:BUNDLE 0 1 2",
    ]
  }

  private var video: [String] {
    ["m=video 9 UDP/TLS/RTP/SAVPF 96"] + section(mid: 0) + [
      "a=rtcp-mux", "a=rtcp-rsize", "a=rtpmap:96 \(codec.rawValue)/90000",
    ] + format + [
      "a=extmap:1 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
    ] + source(sources[0], track: "video") + ["a=sendonly"]
      + terms.candidates.flatMap { ["a=\($0.attribute())", "a=\($0.attribute(component: 2))"] }
      + ["a=end-of-candidates"]
  }

  private var audio: [String] {
    ["m=audio 9 UDP/TLS/RTP/SAVPF 111"] + section(mid: 1) + [
      "a=rtcp-mux", "a=rtcp-rsize", "a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1",
    ] + source(sources[1], track: "audio") + ["a=sendrecv"]
  }

  private var data: [String] {
    ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel"] + section(mid: 2) + ["a=sendrecv", "a=sctp-port:5000"]
  }

  private var format: [String] {
    codec == .h264 ? ["a=fmtp:96 \(OfferTerms.h264)"] : []
  }

  private func section(mid: Int) -> [String] {
    [
      "c=IN IP4 0.0.0.0", "a=setup:actpass", "a=mid:\(mid)", "a=ice-ufrag:\(terms.credentials.usernameFragment)",
      "a=ice-pwd:\(terms.credentials.password)",
    ]
  }

  private func source(_ ssrc: UInt32, track: String) -> [String] {
    [
      "a=ssrc:\(ssrc) cname:pion", "a=ssrc:\(ssrc) msid:pion \(track)", "a=ssrc:\(ssrc) mslabel:pion",
      "a=ssrc:\(ssrc) label:\(track)", "a=msid:pion \(track)",
    ]
  }
}
