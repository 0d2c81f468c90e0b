// Data channels over SCTP over DTLS.

extension PeerLink {
  /// Gives SCTP what waits, and takes what it has, until neither has more.
  func drainSctp() {
    guard let sctp else { return }
    // What is sent can bring about more; a turn without anything new ends it.
    while state == .connected {
      channels.flush { sctp.send($0.bytes, stream: $0.stream, protocolID: $0.protocolID) }
      for stream in channels.takeResets() { sctp.reset(stream: stream) }
      let pending = sctp.take()
      guard !pending.isEmpty else { return }
      for packet in pending.packets { dtls.send(packet) }
      send(dtls.takeOutgoing())
      for event in pending.events { take(event) }
    }
  }

  private func take(_ event: SctpEvent) {
    switch event {
    case .up(let streams): channels.associate(isServer: dtls.isServer, streams: streams)
    case .down: end([.closed])
    case .message(let stream, let protocolID, let bytes):
      if let meant = channels.receive(stream: stream, protocolID: protocolID, bytes) {
        emit(meant)
      } else {
        switchboard.counters.malformedMessages += 1
      }
    case .tooLong: switchboard.counters.malformedMessages += 1
    case .streamsReset(let streams): emit(channels.reset(streams))
    }
  }

  func openChannel(label: String) throws(ChannelError) -> ChannelID {
    guard answer.data != nil else { throw .unavailable }
    guard state != .ended else { throw .closed }
    let id = try channels.open(label: label)
    drainSctp()
    return id
  }

  func send(_ message: ChannelMessage, on id: ChannelID) throws(ChannelError) {
    guard state != .ended else { throw .closed }
    let limit = min(answer.data?.maximumMessageBytes ?? 0, Peer.maximumMessageBytes)
    try channels.send(message, on: id, limit: limit)
    drainSctp()
  }
}
