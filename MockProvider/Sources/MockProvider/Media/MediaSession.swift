// Performs a session: talks come in from the vendor's API, media and events go out to a browser.
import Basics
import Logging
import MockPeer
import TalkingAvatar
import Transport

/// The media of one session, on the event loop. The timeline says what is due, the session paints, compresses and sends
/// it.
actor MediaSession {
  /// Most events that wait for a channel to open; the oldest are given up first.
  static let waitingEvents = 64
  /// How long a talk waits for media to connect: since the answer, and anew since ICE has found a way.
  static let connectingPatience = Duration.seconds(5)

  nonisolated let plan: MediaPlan
  nonisolated let settings: MediaSessionSettings
  nonisolated var unownedExecutor: UnownedSerialExecutor { settings.loop.asUnownedSerialExecutor() }

  private(set) var transport: (any MediaTransport)?
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
  var speeches: [String: Speech] = [:]
  var channel: ChannelID?
  var waitingForChannel: [ChannelMessage] = []
  /// Puts the messages in the order in which faults have them go out.
  private var order = MessageOrder<ChannelMessage>()
  var events = 0
  private var finalStatistics = PeerStatistics()
  var pace: (deadline: MonotonicInstant, task: Task<Void, Never>)?
  private var patienceEnds: MonotonicInstant?
  private var settling = Waiters()

  init(_ plan: MediaPlan, _ settings: MediaSessionSettings) {
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

extension MediaSession {
  var state: MediaSnapshot.State { snapshotState }

  /// Gives the session its way to the browser.
  func attach(_ transport: any MediaTransport) { self.transport = transport }

  /// Has the face painted while the browser connects; a photo follows when it is loaded.
  private func prepareFace() {
    let (plan, library) = (plan, settings.library)
    preparation = settings.loop.spawn { [weak self] in
      await self?.show(PainterFactory.painter(plan))
      guard let url = plan.picture, LocalURL.isLocal(url) else { return }
      guard let photo = await library.photo(of: url) else { return await self?.log("no picture") ?? () }
      await self?.show(PainterFactory.painter(plan, photo: photo))
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
    guard let transport else { throw .closed }
    negotiation = try transport.accept(answer: answer)
    guard snapshotState == .offered else { return }
    snapshotState = .answered
    beginPatience()
    if negotiation?.videoCodec != nil { prepareFace() }
  }

  /// Plays a talk at its time, or goes on with one whose sound comes in parts.
  func play(_ talk: MockTalk, _ speech: Speech?, at position: Duration = .zero) {
    guard isOpen else { return }
    if let speech { speeches[talk.id, default: Speech(samples: [], mouth: [], words: [])].append(speech, at: position) }
    timeline.set(talk: talk.id, start: talk.startsAt, duration: talk.duration, isOpen: talk.isOpen)
    keepPace()
  }

  /// A part of a talk could not be made to sound.
  func miss(_ talk: MockTalk) {
    guard isOpen, let message = plan.dialect.failed(talk.id) else { return }
    send(message)
  }

  func interrupt() {
    perform(timeline.interrupt(at: settings.clock.now))
    speeches = [:]
    keepPace()
  }

  func apply(_ impairment: Impairment) { transport?.apply(impairment) }

  /// Ends everything; what is due is never sent.
  func close() { finish(.closed) }

  /// Returns once media has connected or has failed to, some seconds after the answer at the latest. Before the answer
  /// there is nothing to wait for.
  func settled() async {
    while isWorthWaitingFor {
      // It may have happened meanwhile: a caller that does not prefer this executor is suspended before it waits.
      await withCheckedContinuation { waiter in
        if isWorthWaitingFor { settling.add(waiter) } else { waiter.resume() }
      }
    }
  }

  private var isWorthWaitingFor: Bool {
    guard snapshotState == .answered || snapshotState == .securing, let patienceEnds else { return false }
    return settings.packetClock.now < patienceEnds
  }

  var snapshot: MediaSnapshot {
    MediaSnapshot(
      state: snapshotState, failure: failure, videoCodec: negotiation?.videoCodec, width: plan.size.width,
      height: plan.size.height, bitrate: camera?.bitrate ?? plan.bitrate, hasChannel: channel != nil, events: events,
      missedFrames: timeline.missedFrames, leaps: timeline.leaps, peer: transport?.statistics ?? finalStatistics)
  }

  var isOpen: Bool { ![.closed, .failed].contains(snapshotState) }
}

// MARK: - What the peer tells

extension MediaSession {
  func handle(_ event: PeerEvent) {
    guard isOpen else { return }
    switch event {
    case .iceConnected: startSecuring()
    case .connected: connect()
    case .channelOpened(let id, let label, let isTheirs): open(id, label: label, isTheirs: isTheirs)
    case .channelMessage(_, let message):
      if let talk = plan.dialect.interruption(message), talk == timeline.speaking {
        settings.report(MediaReport(session: plan.session, event: .interrupted(talk: talk)))
      }
    case .channelClosed(let id): if id == channel { channel = nil }
    case .keyFrameRequested: camera?.askForKeyFrame()
    case .bandwidth(let bits): attempt { () throws(EncoderError) in try camera?.limit(to: bits) }
    case .failed(.consentExpired):
      settings.report(MediaReport(session: plan.session, event: .lost))
      finish(.failed, "the browser gave no sign of life for 30 seconds")
    case .failed(let reason): finish(.failed, "\(reason)")
    case .closed: finish(.closed)
    }
  }

  private func startSecuring() {
    guard snapshotState == .answered else { return }
    snapshotState = .securing
    beginPatience()
  }

  /// Wakes those who wait when the patience ends; they go on waiting if it has begun anew meanwhile.
  private func beginPatience() {
    let clock = settings.packetClock
    patienceEnds = clock.now.advanced(by: Self.connectingPatience)
    settings.loop.spawn { [weak self] in
      do { try await clock.sleep(for: Self.connectingPatience) } catch {}
      await self?.settle()
    }
  }

  private func settle() {
    settling.resumeAll()
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
      do throws(ChannelError) { try transport?.open(channel: label) } catch { log("no channel: \(error)") }
    }
    if plan.isContinuous { settings.idleStreams.assumeIsolated { $0.join() } }
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
    for message in waiting { deliver(message) }
  }

  /// The label of D-ID's clients (de-id/live-streaming-demo).
  static let janusChannel = "JanusDataChannel"

  private func finish(_ state: MediaSnapshot.State, _ reason: String? = nil) {
    guard isOpen else { return }
    if snapshotState == .connected, plan.isContinuous { settings.idleStreams.assumeIsolated { $0.leave() } }
    snapshotState = state
    failure = reason
    pace?.task.cancel()
    pace = nil
    timeline.close()
    (camera, painter, microphone, channel) = (nil, nil, nil, nil)
    (speeches, waitingForChannel, order) = ([:], [], MessageOrder())
    settle()
    if let transport {
      finalStatistics = transport.statistics
      transport.close()
    }
    transport = nil
  }
}

extension MediaSession {
  /// Sleeps until something is due; called whenever what is due next may have changed.
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
    let interval = settings.idleStreams.assumeIsolated { $0.interval }
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
      settings.idleStreams.assumeIsolated({ $0.takesTurn(at: frame.due) })
    {
      camera.askForKeyFrame()
    }
    let picture = try camera.shoot(
      painter, frame.talk.flatMap { speeches[$0] }, position: frame.position, at: time, wallClock: settings.wallClock())
    transport?.send(video: picture.bytes, isKeyFrame: picture.isKeyFrame, at: time)
  }

  func play(_ samples: [Int16]?, due: MonotonicInstant) {
    guard let microphone else { return }
    let samples = samples ?? [Int16](repeating: 0, count: OpusEncoder.frameSamples)
    attempt { () throws(EncoderError) in
      transport?.send(audio: try microphone.encode(samples), at: packetTime.of(due))
    }
  }

  /// Tells the browser, unless a fault has it go wrong.
  func send(_ news: ChannelNews) {
    let fate = settings.messageFaults.assumeIsolated { $0.take(news.event, session: plan.session) }
    let passage = order.pass(news.message, fate)
    for message in passage.now { deliver(message) }
    if let (message, delay) = passage.late { send(message, after: delay) }
  }

  private func send(_ message: ChannelMessage, after delay: Duration) {
    let clock = settings.clock
    settings.loop.spawn { [weak self] in
      do { try await clock.sleep(for: delay) } catch { return }
      await self?.deliverLate(message)
    }
  }

  private func deliverLate(_ message: ChannelMessage) {
    order.lateHasLeft()
    if isOpen { deliver(message) }
  }

  private func deliver(_ message: ChannelMessage) {
    guard let channel, let transport else {
      waitingForChannel.append(message)
      if waitingForChannel.count > Self.waitingEvents { waitingForChannel.removeFirst() }
      return
    }
    do throws(ChannelError) {
      try transport.send(message, on: channel)
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

/// Something that changes the session itself.
struct MediaReport: Sendable, Equatable {
  enum Event: Sendable, Equatable {
    /// The browser gives no sign of life any more.
    case lost
    /// The browser asked on the data channel for this talk to be cut off.
    case interrupted(talk: String)
  }

  let session: String
  let event: Event
}

/// What happened to a session, and in which scenario, since each gives out its own ids.
struct ScenarioReport: Sendable {
  let scenario: ScenarioKey
  let report: MediaReport
}

/// The clocks and the pace of a mock's media.
struct MediaSessionSettings: Sendable {
  let loop: EventLoop
  /// Talks and pictures follow it; it can be moved.
  let clock: any MonotonicClock
  /// Time stamps of packets follow it; nobody moves it.
  let packetClock: any MonotonicClock
  /// Milliseconds since 1970, for the pictures' strip.
  let wallClock: @Sendable () -> UInt64
  let framesPerSecond: Int
  /// The streams that send pictures while nobody speaks.
  let idleStreams: IdleStreams
  /// Where pictures are loaded from.
  let library: MediaLibrary
  let logger: Logger
  /// What goes wrong with messages on purpose; on the loop, as the sessions are.
  let messageFaults: MessageFaults
  let report: @Sendable (MediaReport) -> Void
}
