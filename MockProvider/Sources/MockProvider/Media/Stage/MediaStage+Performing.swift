// A stage's performance: what is due is painted, compressed and sent, and then the stage sleeps until the next is.
import Logging
import MockPeer
import TalkingAvatar
import Timekeeping
import Transport

extension MediaStage {
  /// Sleeps until something is due; called whenever that may have changed.
  func keepPace() {
    guard isOpen, let deadline = timeline.deadline else {
      pace?.task.cancel()
      pace = nil
      return
    }
    if let pace, pace.deadline == deadline { return }
    pace?.task.cancel()
    let clock = settings.clock
    let task = settings.loop.spawn { [weak self] in
      do { try await clock.sleep(until: deadline, tolerance: nil) } catch { return }
      await self?.advance(from: deadline)
    }
    pace = (deadline, task)
  }

  func advance(from deadline: MonotonicInstant) {
    guard pace?.deadline == deadline else { return }
    pace = nil
    catchUp()
  }

  /// Sends everything that is due.
  func catchUp() {
    guard isOpen else { return }
    shareIdlePictures()
    perform(timeline.advance(to: settings.clock.now))
    keepPace()
  }

  func shareIdlePictures() {
    guard let frame = timeline.rules.idleFrameInterval else { return }
    let interval = settings.crowd.assumeIsolated { $0.interval }
    if interval != frame { timeline.rules.idleFrameInterval = max(interval, timeline.rules.frameInterval) }
  }

  func perform(_ actions: [MediaTimeline.Action]) {
    for action in actions {
      switch action {
      case .ready: plan.dialect.ready.map(send)
      case .started(let talk): start(talk)
      case .frame(let frame):
        do throws(EncoderError) { try show(frame) } catch {
          log("\(error)")
          // Sound and events go on; the page is told that the talk is not what it should be.
          camera = nil
          if let talk = frame.talk, let message = plan.dialect.failed(talk) { send(message) }
        }
      case .sound(let talk, let position, let due): play(speeches[talk]?.samples(at: position), due: due)
      case .silence(let due): play(nil, due: due)
      case .ended(let talk, let spoken):
        speeches[talk] = nil
        send(plan.dialect.ended(talk, spoken: spoken))
      }
    }
    if !timeline.isShowing { camera?.rest() }
  }

  func start(_ talk: String) {
    // Nothing was sent before: what the browser still holds is a picture of long ago.
    if !plan.isContinuous { camera?.askForKeyFrame() }
    send(plan.dialect.started(talk))
  }

  func show(_ frame: MediaFrame) throws(EncoderError) {
    guard let camera, let painter else { return }
    let time = packetTime.of(frame.due)
    if camera.isStale(isSpeaking: frame.talk != nil, at: time),
      settings.crowd.assumeIsolated({ $0.takesTurn(at: frame.due) })
    {
      camera.askForKeyFrame()
    }
    let picture = try camera.shoot(
      painter, frame.talk.flatMap { speeches[$0] }, position: frame.position, at: time, wallClock: settings.wallClock())
    wire?.send(video: picture.bytes, isKeyFrame: picture.isKeyFrame, at: time)
  }

  func play(_ samples: [Int16]?, due: MonotonicInstant) {
    guard let microphone else { return }
    let samples = samples ?? [Int16](repeating: 0, count: OpusEncoder.frameSamples)
    attempt { () throws(EncoderError) in
      wire?.send(audio: try microphone.encode(samples), at: packetTime.of(due))
    }
  }

  func send(_ message: ChannelMessage) {
    guard let channel, let wire else {
      waitingForChannel.append(message)
      if waitingForChannel.count > Self.waitingEvents { waitingForChannel.removeFirst() }
      return
    }
    do throws(ChannelError) {
      try wire.send(message, on: channel)
      events += 1
    } catch { log("an event was not sent: \(error)") }
  }

  func attempt(_ body: () throws(EncoderError) -> Void) {
    do throws(EncoderError) { try body() } catch { log("\(error)") }
  }

  func log(_ problem: String) {
    settings.logger.warning("media", metadata: ["session": "\(plan.session)", "problem": "\(problem)"])
  }
}
