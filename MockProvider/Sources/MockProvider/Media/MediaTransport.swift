// Carries a session's media to a browser by a WebRTC peer.
import Basics
import MockPeer

/// What a media session asks of its peer. Called on the event loop only.
protocol MediaTransport: Sendable {
  var statistics: PeerStatistics { get }

  /// Takes the browser's answer; the same one again is accepted.
  func accept(answer: String) throws(AnswerError) -> PeerNegotiation
  func add(candidate: String?)
  func open(channel label: String) throws(ChannelError)
  func send(_ message: ChannelMessage, on channel: ChannelID) throws(ChannelError)
  /// - Parameter time: since the media session was set up, on a clock that nobody moves.
  func send(video frame: [UInt8], isKeyFrame: Bool, at time: Duration)
  /// - Parameter time: as of video.
  func send(audio packet: [UInt8], at time: Duration)
  func apply(_ impairment: Impairment)
  func close()
}

/// Hands a media session's media to a peer, which lives on the same event loop.
struct WebRTCMediaTransport: MediaTransport {
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
