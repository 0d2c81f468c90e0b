// Media and what the browser says about it.

extension PeerLink {
  /// - Returns: false when it was not sent: not connected, or refused by the answer.
  func sendVideo(_ frame: [UInt8], isKeyFrame: Bool, at media: Duration) -> Bool {
    guard let sender = self.media, sender.video != nil else { return false }
    if isKeyFrame { isKeyFrameAwaited = false }
    let datagrams = sender.sendVideo(frame, at: media, now: switchboard.clock.now)
    send(datagrams)
    return !datagrams.isEmpty
  }

  /// - Returns: false when it was not sent: not connected, refused by the answer, or longer than a datagram.
  func sendAudio(_ packet: [UInt8], at media: Duration) -> Bool {
    guard let sender = self.media, sender.audio != nil else { return false }
    let datagrams = sender.sendAudio(packet, at: media, now: switchboard.clock.now)
    send(datagrams)
    return !datagrams.isEmpty
  }

  func receive(control packet: [UInt8]) {
    guard let media, let feedback = RtcpReader.feedback(in: packet) else {
      switchboard.counters.malformedControl += 1
      return
    }
    let now = switchboard.clock.now
    for item in feedback {
      switch item {
      case .report(let block):
        media.take(block)
        if let roundTrip = block.roundTrip(now: NetworkTime.middle(now)) { statistics.roundTrip = roundTrip }
      case .missing(let ssrc, let sequences):
        statistics.missingPackets += UInt64(sequences.count)
        send(media.resend(sequences, ssrc: ssrc, now: now))
      case .keyFrame(let ssrc): askForKeyFrame(ssrc)
      case .bandwidth(let bitsPerSecond):
        statistics.bandwidth = bitsPerSecond
        emit([.bandwidth(bitsPerSecond: bitsPerSecond)])
      }
    }
  }

  private func askForKeyFrame(_ ssrc: UInt32) {
    guard ssrc == media?.video?.ssrc else { return }
    statistics.keyFrameRequests += 1
    guard !isKeyFrameAwaited else { return }
    isKeyFrameAwaited = true
    emit([.keyFrameRequested])
  }

  var currentStatistics: PeerStatistics {
    var current = statistics
    if let media {
      current.audio = media.audio?.statistics ?? .init()
      current.video = media.video?.statistics ?? .init()
    }
    current.channels = channels.openCount
    current.impairedDatagrams = wire.droppedCount
    return current
  }
}
