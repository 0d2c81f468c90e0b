// Where a session's avatar performs: talks come in from the vendor's API, media and events go out to a browser.
import Logging
import MockPeer
import TalkingAvatar
import Timekeeping
import Transport

/// The media of one session, on the event loop. The timeline says what is due, the stage paints, compresses and sends
/// it.
actor MediaStage {
  /// Most events that wait for a channel to open; the oldest are given up first.
  static let waitingEvents = 64
  /// How long a talk waits for encryption to be agreed on, once ICE has found a way.
  static let securingPatience = Duration.seconds(5)

  nonisolated let plan: MediaPlan
  nonisolated let settings: StageSettings
  nonisolated var unownedExecutor: UnownedSerialExecutor { settings.loop.asUnownedSerialExecutor() }

  private(set) var wire: (any MediaWire)?
  var timeline: MediaTimeline
  var packetTime: PacketTime
  private var snapshotState = MediaSnapshot.State.offered
  private var failure: String?
  private var negotiation: PeerNegotiation?
  var camera: Camera?
  /// Nil until the face is painted, which begins with the answer.
  var painter: FacePainter?
  /// Ends when the face that was asked for can be shown.
  private(set) var preparation: Task<Void, Never>?
  var microphone: OpusEncoder?
  var speeches: [String: SpeechCursor] = [:]
  var channel: ChannelID?
  var waitingForChannel: [ChannelMessage] = []
  var events = 0
  private var finalStatistics = PeerStatistics()
  var pace: (deadline: MonotonicInstant, task: Task<Void, Never>)?
  private var patienceEnds: MonotonicInstant?
  private var settling: [CheckedContinuation<Void, Never>] = []

  init(_ plan: MediaPlan, _ settings: StageSettings) {
    self.plan = plan
    self.settings = settings
    let frame = Duration.seconds(1) / settings.framesPerSecond
    timeline = MediaTimeline(
      rules: .init(
        frameInterval: frame, idleFrameInterval: plan.isContinuous ? frame : nil,
        warmUp: plan.warmsUp ? Self.warmUp : nil))
    packetTime = PacketTime(clock: settings.clock, packetClock: settings.packetClock)
  }

  /// How long a stream warms up (D-ID's live streaming guide and the comments of de-id/live-streaming-demo: about 2 s).
  static let warmUp = Duration.seconds(2)
}

// MARK: - What the session asks

extension MediaStage {
  var state: MediaSnapshot.State { snapshotState }

  /// Gives the stage its way out.
  func attach(_ wire: any MediaWire) { self.wire = wire }

  /// Has the face painted while the browser connects; a photo follows when it is loaded.
  private func prepareFace() {
    let (plan, library) = (plan, settings.library)
    preparation = settings.loop.spawn { [weak self] in
      await self?.show(Easel.painter(plan))
      guard let url = plan.picture, LocalURL.isLocal(url) else { return }
      guard let photo = await library.photo(of: url) else { return await self?.log("no picture") ?? () }
      await self?.show(Easel.painter(plan, photo: photo))
    }
  }

  private func show(_ painter: sending FacePainter) {
    guard isOpen else { return }
    self.painter = painter
    camera?.askForKeyFrame()
    timeline.hurry(at: settings.clock.now)
    keepPace()
  }

  func accept(answer: String) throws(AnswerError) {
    guard let wire else { throw .closed }
    negotiation = try wire.accept(answer: answer)
    guard snapshotState == .offered else { return }
    snapshotState = .answered
    if negotiation?.videoCodec != nil { prepareFace() }
  }

  /// Plays a talk at its time.
  func play(_ talk: MockTalk, _ speech: Speech?) {
    guard isOpen else { return }
    if let speech { speeches[talk.id] = SpeechCursor(speech: speech) }
    timeline.add(talk: talk.id, start: talk.startsAt, duration: talk.duration)
    keepPace()
  }

  func interrupt() {
    perform(timeline.interrupt(at: settings.clock.now))
    speeches = [:]
    keepPace()
  }

  func apply(_ impairment: Impairment) { wire?.apply(impairment) }

  /// Ends everything; what is due is never sent.
  func close() { finish(.closed) }

  /// Returns when nothing is being agreed on any more, or soon.
  func settled() async {
    guard snapshotState == .securing, let patienceEnds, settings.packetClock.now < patienceEnds else { return }
    // It may have come about since: a caller that does not prefer this executor gives way before it waits.
    await withCheckedContinuation { waiter in
      if snapshotState == .securing { settling.append(waiter) } else { waiter.resume() }
    }
  }

  var snapshot: MediaSnapshot {
    MediaSnapshot(
      state: snapshotState, failure: failure, videoCodec: negotiation?.videoCodec, width: plan.size.width,
      height: plan.size.height, bitrate: camera?.bitrate ?? plan.bitrate, hasChannel: channel != nil, events: events,
      missedFrames: timeline.missedFrames, leaps: timeline.leaps, peer: wire?.statistics ?? finalStatistics)
  }

  var isOpen: Bool { ![.closed, .failed].contains(snapshotState) }
}

// MARK: - What the peer tells

extension MediaStage {
  func handle(_ event: PeerEvent) {
    guard isOpen else { return }
    switch event {
    case .iceConnected: startSecuring()
    case .connected: connect()
    case .channelOpened(let id, let label, let isTheirs): open(id, label: label, isTheirs: isTheirs)
    case .channelMessage(_, let message):
      if let talk = plan.dialect.interruption(message), talk == timeline.speaking {
        settings.report(StageReport(session: plan.session, event: .interrupted(talk: talk)))
      }
    case .channelClosed(let id): if id == channel { channel = nil }
    case .keyFrameRequested: camera?.askForKeyFrame()
    case .bandwidth(let bits): attempt { () throws(EncoderError) in try camera?.limit(to: bits) }
    case .failed(.consentExpired):
      settings.report(StageReport(session: plan.session, event: .lost))
      finish(.failed, "the browser gave no sign of life for 30 seconds")
    case .failed(let reason): finish(.failed, "\(reason)")
    case .closed: finish(.closed)
    }
  }

  private func startSecuring() {
    guard snapshotState == .answered else { return }
    snapshotState = .securing
    let clock = settings.packetClock
    patienceEnds = clock.now.advanced(by: Self.securingPatience)
    settings.loop.spawn { [weak self] in
      do { try await clock.sleep(for: Self.securingPatience) } catch {}
      await self?.settle()
    }
  }

  private func settle() {
    let waiting = settling
    settling = []
    for continuation in waiting { continuation.resume() }
  }

  private func connect() {
    guard snapshotState != .connected else { return }
    snapshotState = .connected
    settle()
    attempt { () throws(EncoderError) in
      if let codec = negotiation?.videoCodec {
        camera = Camera(plan, codec: codec, framesPerSecond: settings.framesPerSecond)
      }
      if negotiation?.hasAudio == true { microphone = try OpusEncoder() }
    }
    if let label = plan.dialect.ownChannel, negotiation?.hasDataChannels == true {
      do throws(ChannelError) { try wire?.open(channel: label) } catch { log("no channel: \(error)") }
    }
    if plan.isContinuous { settings.crowd.assumeIsolated { $0.join() } }
    shareIdlePictures()
    timeline.connect(at: settings.clock.now)
    keepPace()
  }

  /// Events go out on the channel that the vendor's clients listen to: its own, or the one that they opened for them.
  private func open(_ id: ChannelID, label: String, isTheirs: Bool) {
    let isExpected =
      plan.dialect.ownChannel.map { $0 == label && !isTheirs } ?? (isTheirs && label == Self.janusChannel)
    guard isExpected || channel == nil && isTheirs && plan.dialect.ownChannel == nil else { return }
    channel = id
    let waiting = waitingForChannel
    waitingForChannel = []
    for message in waiting { send(message) }
  }

  /// The label of D-ID's clients (de-id/live-streaming-demo).
  static let janusChannel = "JanusDataChannel"

  private func finish(_ state: MediaSnapshot.State, _ reason: String? = nil) {
    guard isOpen else { return }
    if snapshotState == .connected, plan.isContinuous { settings.crowd.assumeIsolated { $0.leave() } }
    snapshotState = state
    failure = reason
    pace?.task.cancel()
    pace = nil
    timeline.close()
    (camera, painter, microphone, channel) = (nil, nil, nil, nil)
    (speeches, waitingForChannel) = ([:], [])
    settle()
    if let wire {
      finalStatistics = wire.statistics
      wire.close()
    }
    wire = nil
  }
}
