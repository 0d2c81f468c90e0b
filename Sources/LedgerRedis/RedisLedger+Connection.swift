// Makes the connection to the server, introduces it, watches it, and makes it again.
import Basics
import Ledger
import Transport

extension RedisLedger {
  /// Numbers below are those of the introduction.
  private static let firstCommandNumber: UInt = 16

  var isClosed: Bool { if case .closed = activity { true } else { false } }

  var link: RedisLink? {
    switch activity {
    case .connecting(let link), .introducing(let link, _), .open(let link, _): link
    case .pausing, .closed: nil
    }
  }

  func start() {
    watch = Task(executorPreference: loop) { await self.watchDeadlines() }
    attempt = Task(executorPreference: loop) { await self.connect() }
  }

  // MARK: Connecting

  private func connect() async {
    while !Task.isCancelled {
      guard case .pausing = activity else { return }
      connectionNumber += 1
      let number = connectionNumber
      let endpoint = await HostLookup.resolved(settings.address.endpoint)
      guard case .pausing = activity, number == connectionNumber else { return }
      let link = RedisLink { event in self.assumeIsolated { $0.happened(event, on: number) } }
      guard let words = link.connect(to: endpoint, on: loop) else {
        activity = .connecting(link)
        return await watchBeginning(of: number)
      }
      trouble = words
      await pauseBeforeNextAttempt()
    }
  }

  /// Gives a connection up that does not get ready.
  private func watchBeginning(of number: UInt64) async {
    do { try await clock.sleep(for: settings.patience) } catch { return }
    guard number == connectionNumber else { return }
    switch activity {
    case .connecting, .introducing: connectionEnded("the server does not answer")
    case .open, .pausing, .closed: return
    }
  }

  private func pauseBeforeNextAttempt() async {
    let now = pause
    pause = min(pause * 2, settings.longestPause)
    try? await clock.sleep(for: now)
  }

  private func happened(_ event: RedisLink.Event, on number: UInt64) {
    guard number == connectionNumber else { return }
    switch event {
    case .connected: introduce()
    case .reply(let command, let reply): replied(command, reply)
    case .ended(let words): connectionEnded(words)
    }
  }

  private func connectionEnded(_ words: String) {
    guard !isClosed else { return }
    link?.close()
    activity = .pausing
    // Its commands may have been carried out.
    let lost = sent
    sent = [:]
    trouble = words
    fail(lost, LedgerFailure(.unavailable, "the connection to the ledger's server ended: \(words)"))
    attempt?.cancel()
    attempt = Task(executorPreference: loop) {
      await self.pauseBeforeNextAttempt()
      await self.connect()
    }
  }

  // MARK: Introducing

  private func introduce() {
    guard case .connecting(let link) = activity else { return }
    var commands: [[[UInt8]]] = []
    if let password = settings.password {
      let user = settings.address.user.map { [Array($0.utf8)] } ?? []
      commands.append(password.reveal { [Array("AUTH".utf8)] + user + [Array($0.utf8)] })
    }
    commands.append(["SELECT".bytes, String(settings.address.database).bytes])
    commands.append(["INFO".bytes])
    activity = .introducing(link, replies: commands.count)
    for (index, command) in commands.enumerated() { _ = link.send(command, number: UInt(index + 1)) }
  }

  private func introduced(_ reply: RedisReply) {
    guard case .introducing(let link, let left) = activity else { return }
    if case .error(let words) = reply { return refused(words) }
    guard left == 1 else {
      activity = .introducing(link, replies: left - 1)
      return
    }
    advice = ServerAdvice.of(info: reply.string ?? "")
    activity = .open(link, since: clock.now)
    attempt?.cancel()
    pause = settings.firstPause
    let commands = waiting
    waiting = [:]
    for (number, command) in Self.inOrder(commands) { send(command, number, on: link) }
  }

  /// Whoever waits is told at once, unless the server only needs time; somebody may mend it meanwhile.
  private func refused(_ words: String) {
    connectionEnded(LedgerFailure.words(ofRedis: words))
    guard !words.hasPrefix("LOADING") else { return }
    failAll(LedgerFailure(redis: words))
  }

  // MARK: Commands

  /// Sends a command and waits for its reply; at most ``Settings/patience``.
  /// - Returns: any reply but an error.
  func perform(_ words: [String]) async throws(LedgerFailure) -> RedisReply { try await perform(words.map(\.bytes)) }

  func perform(_ words: [[UInt8]]) async throws(LedgerFailure) -> RedisReply {
    try admit()
    return try await reply(to: words).get()
  }

  /// - Throws: why no command can be taken now.
  func admit() throws(LedgerFailure) {
    if isClosed { throw LedgerFailure(.unavailable, "the ledger is closed") }
    guard waiting.count + sent.count < settings.maximumCalls else {
      throw LedgerFailure(.overloaded, "\(settings.maximumCalls) calls wait for the ledger's server already")
    }
  }

  /// Sends a command, or has it wait for a connection, before it first waits itself.
  nonisolated(nonsending) func reply(to words: [[UInt8]]) async -> Result<RedisReply, LedgerFailure> {
    await withCheckedContinuation { continuation in assumeIsolated { $0.take(words, continuation) } }.flatMap { reply in
      if case .error(let words) = reply { .failure(LedgerFailure(redis: words)) } else { .success(reply) }
    }
  }

  private func take(
    _ words: [[UInt8]], _ continuation: CheckedContinuation<Result<RedisReply, LedgerFailure>, Never>
  ) {
    lastNumber += 1
    let command = Command(words: words, deadline: clock.now.advanced(by: settings.patience), continuation: continuation)
    let number = Self.firstCommandNumber + lastNumber
    if case .open(let link, _) = activity { send(command, number, on: link) } else { waiting[number] = command }
  }

  private func send(_ command: Command, _ number: UInt, on link: RedisLink) {
    guard link.send(command.words, number: number) else {
      let failure = LedgerFailure(.unavailable, "the ledger's server cannot be asked")
      return command.continuation.resume(returning: .failure(failure))
    }
    sent[number] = command
  }

  private func replied(_ number: UInt, _ reply: RedisReply) {
    guard number > Self.firstCommandNumber else { return introduced(reply) }
    sent.removeValue(forKey: number)?.continuation.resume(returning: .success(reply))
  }

  func failAll(_ failure: LedgerFailure) {
    let commands = sent.merging(waiting) { one, _ in one }
    (sent, waiting) = ([:], [:])
    fail(commands, failure)
  }

  private func fail(_ commands: [UInt: Command], _ failure: LedgerFailure) {
    for (_, command) in Self.inOrder(commands) { command.continuation.resume(returning: .failure(failure)) }
  }

  private static func inOrder(_ commands: [UInt: Command]) -> [(key: UInt, value: Command)] {
    commands.sorted { $0.key < $1.key }
  }

  // MARK: Time

  /// Looks at the oldest commands often enough that none waits much longer than it may.
  private func watchDeadlines() async {
    while !Task.isCancelled {
      do { try await clock.sleep(for: settings.patience / 4) } catch { return }
      meetDeadlines(at: clock.now)
    }
  }

  private func meetDeadlines(at now: MonotonicInstant) {
    let late = waiting.filter { $0.value.deadline <= now }
    for number in late.keys { waiting[number] = nil }
    fail(late, LedgerFailure(.unavailable, "the ledger's server cannot be reached: \(trouble)"))
    guard let oldest = sent.keys.min(), let command = sent[oldest], command.deadline <= now else { return }
    // What comes after it is not answered either: replies come in order.
    connectionEnded("the server does not answer in time")
  }
}

extension String {
  var bytes: [UInt8] { Array(utf8) }
}
