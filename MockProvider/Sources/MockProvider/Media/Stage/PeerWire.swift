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
        try peer.send(message, on: channel)
      }
    }.get()
  }

  func send(video frame: [UInt8], isKeyFrame: Bool, at time: Duration) {
    peer.assumeIsolated { $0.sendVideo(frame: frame, isKeyFrame: isKeyFrame, at: time) }
  }

  func send(audio packet: [UInt8], at time: Duration) {
    peer.assumeIsolated { $0.sendAudio(packet: packet, at: time) }
  }

  func apply(_ conditions: MediaConditions) {
    peer.assumeIsolated { peer in
      peer.faults = conditions.faults
      peer.impairment = conditions.impairment
    }
  }

  func close() { peer.assumeIsolated { $0.close() } }
}
