// The wire of a real session: a WebRTC peer.
import MockPeer
import Timekeeping

/// Hands a stage's media to a peer, which lives on the same event loop.
struct PeerWire: MediaWire {
  let peer: Peer

  var statistics: PeerStatistics { peer.assumeIsolated { $0.statistics } }

  func accept(answer: String) throws(AnswerError) -> PeerNegotiation {
    try peer.assumeIsolated { peer in
      Result { () throws(AnswerError) -> PeerNegotiation in
        try peer.accept(answer: answer)
        guard let negotiation = peer.negotiated else { throw .closed }
        return negotiation
      }
    }.get()
  }

  func add(candidate: String?) { peer.assumeIsolated { $0.add(candidate: candidate) } }

  func open(channel label: String) throws(ChannelError) {
    try peer.assumeIsolated { peer in
      Result { () throws(ChannelError) in
        _ = try peer.openChannel(label: label)
      }
    }.get()
  }

  func send(_ message: ChannelMessage, on channel: ChannelID) throws(ChannelError) {
    try peer.assumeIsolated { peer in
      Result { () throws(ChannelError) in
        switch message {
        case .text(let text): try peer.send(text, on: channel)
        case .bytes(let bytes): try peer.send(bytes, on: channel)
        }
      }
    }.get()
  }

  func send(video frame: [UInt8], isKeyFrame: Bool, at time: Duration) {
    peer.assumeIsolated { _ = $0.sendVideo(frame: frame, isKeyFrame: isKeyFrame, at: time) }
  }

  func send(audio packet: [UInt8], at time: Duration) {
    peer.assumeIsolated { _ = $0.sendAudio(packet: packet, at: time) }
  }

  func apply(_ impairment: Impairment) { peer.assumeIsolated { $0.impairment = impairment } }

  func close() { peer.assumeIsolated { $0.close() } }
}
