// Plays several relays on one ledger with leases: they die, stand still and go on, while clients go from one to another.
import Basics
import Ledger
import LedgerTestSupport
import Logging
import MockClock
import Relay
import RelayTestSupport
import Signaling
import StrictJSON
import TestSupport

@testable import MockProvider

/// Three relays, clients that speak, and a ledger that answers each relay as late as the seed wants. No lease of a relay that
/// runs ever ends: time stands still while the ledger has something to do.
struct GroupSimulation {
  static let relayCount = 3
  /// Enough for a relay to leave several sessions when it dies.
  static let clientCount = 6
  static let standardSteps = 500
  private static let leaseTime = Duration.seconds(10)
  /// How long a relay may stand still without others taking its sessions: half a lease. It renews four times in one, and by this
  /// clock, which leaps, as much later.
  private static let harmlessPause = Duration.seconds(5)

  /// One relay and the way from it to the ledger.
  struct Member {
    var life: RelayLife
    let desk: LedgerDesk
    let recovery: Recovery
    var isAlive = true
    /// Over once it has left; nil while it was not asked to.
    var leaving: Recovery?
    /// Since when it stands still; nil while it runs.
    var pausedAt: MonotonicInstant?
    var runs: Bool { isAlive && pausedAt == nil }
  }

  let seed: UInt64
  var random: SplitMix
  private let setting: SimulationSetting
  let world = HandExecutor()
  let clock = SteppableClock()
  let mock: MockState
  let network: ProviderNetwork
  let store: InMemoryLedger
  /// All that ever lived, by their numbers.
  var members: [Member] = []
  var clients: [SimulatedClient] = []
  var wires: [Wire] = []
  private var connections: UInt64 = 0
  private var words = 0
  /// Whether a relay ever stood still for so long that others may have taken its sessions.
  var hasOverslept = false
  var counts = Counts()
  var trace: SimulationTrace

  /// Numbers of what was met.
  struct Counts {
    var sessions = 0
    var talks = 0
    var acceptedTalks = 0
    var resumes = 0
    var kills = 0
    var drains = 0
    var pauses = 0

    static func += (left: inout Counts, right: Counts) {
      left.sessions += right.sessions
      left.talks += right.talks
      left.acceptedTalks += right.acceptedTalks
      left.resumes += right.resumes
      left.kills += right.kills
      left.drains += right.drains
      left.pauses += right.pauses
    }
  }

  init(seed: UInt64, tracing: Bool = false) {
    self.seed = seed
    random = SplitMix(seed: seed)
    var setting = SimulationSetting(&random)
    setting.mock.maximumSessions = 100
    self.setting = setting
    trace = SimulationTrace(isKept: tracing)
    mock = MockState(
      setting.mock, on: world, clock: clock, logger: Logger(label: "mock") { _ in SwiftLogNoOpLogHandler() })
    network = ProviderNetwork(MockHandler(state: mock), clock, on: world)
    store = InMemoryLedger(executor: world, clock: clock, leaseTime: Self.leaseTime)
    for _ in 0..<Self.relayCount { start() }
    for index in 0..<Self.clientCount { clients.append(SimulatedClient(firstID: Int64(index) * 10_000 + 1)) }
  }

  /// Plays that many steps and the end.
  /// - Returns: what must not be; empty if all is well.
  mutating func play(steps: Int) -> [String] {
    for _ in 0..<steps { step() }
    var mistakes = end()
    for client in clients { mistakes += tellings(client) }
    mistakes += talkMistakes()
    bury()
    return mistakes
  }

  // MARK: Relays

  private mutating func start() {
    let number = members.count + 1
    let desk = LedgerDesk(on: world)
    desk.assumeIsolated { $0.set(.slow) }
    let life = RelayLife(
      number, setting, network: network, ledger: LedgerLink(store: store, desk: desk, life: number), clock: clock,
      leaseTime: Self.leaseTime)
    let recovery = Recovery(world)
    members.append(Member(life: life, desk: desk, recovery: recovery))
    Task(executorPreference: life.executor) { [registry = life.registry] in
      do throws(LedgerFailure) {
        try await registry.recover()
        await registry.watchLedger()
        recovery.end(nil)
      } catch { recovery.end(error) }
    }
    trace.add("relay \(number) starts")
    run()
  }

  func isServing(_ member: Member) -> Bool { member.isAlive && member.recovery.isOver }

  private var running: [Int] { members.indices.filter { members[$0].runs } }

  /// The processes end that were asked to and have nothing left to do.
  mutating func endThoseThatLeft() {
    for index in members.indices where members[index].isAlive && members[index].leaving?.isOver ?? false { end(index) }
  }

  private mutating func kill(_ index: Int) {
    counts.kills += 1
    end(index)
  }

  /// The process is gone.
  private mutating func end(_ index: Int) {
    members[index].isAlive = false
    let life = members[index].life
    trace.add("relay \(life.number) is gone")
    network.assumeIsolated { $0.kill(life.number) }
    members[index].desk.assumeIsolated { $0.kill(life.number) }
    for wire in life.wires {
      wire.relayDied(keepingToClient: Int.random(in: 0...wire.counts.toClient, using: &random))
    }
  }

  /// SIGTERM: its process ends once nothing is left to do, and another one is there already.
  private mutating func drain(_ index: Int) {
    guard members[index].leaving == nil else { return }
    counts.drains += 1
    trace.add("relay \(members[index].life.number) leaves")
    let leaving = Recovery(world)
    members[index].leaving = leaving
    Task(executorPreference: members[index].life.executor) { [registry = members[index].life.registry] in
      await registry.drain(within: .seconds(20))
      leaving.end(nil)
    }
    start()
  }

  private mutating func pause(_ index: Int) {
    members[index].pausedAt = clock.now
    counts.pauses += 1
    trace.add("relay \(members[index].life.number) stands still")
  }

  mutating func goOn(_ index: Int) {
    members[index].pausedAt = nil
    trace.add("relay \(members[index].life.number) goes on")
    run()
  }

  /// Lets everything run that can.
  func run() {
    while true {
      var count = world.run(atMost: .max)
      for index in running { count += members[index].life.executor.run(atMost: .max) }
      if count == 0 { return }
    }
  }

  // MARK: Steps

  private mutating func step() {
    endThoseThatLeft()
    switch Int.random(in: 0..<200, using: &random) {
    case 0..<36: ask()
    case 36..<90: moveFrames()
    case 90..<115: moveCalls()
    case 115..<160: writeLedger()
    case 160..<170: advance(.milliseconds(Int.random(in: 1...2_400, using: &random)))
    case 170..<180: cut()
    case 180..<182: if let index = running.randomElement(using: &random), running.count > 1 { pause(index) }
    case 182..<187: if let index = paused.randomElement(using: &random) { goOn(index) }
    case 187:
      guard let index = members.indices.filter({ members[$0].isAlive }).randomElement(using: &random) else { break }
      kill(index)
      start()
    case 188: if let index = running.randomElement(using: &random) { drain(index) }
    case 189: loseCall()
    default: connect()
    }
    run()
  }

  var paused: [Int] { members.indices.filter { members[$0].isAlive && members[$0].pausedAt != nil } }

  private mutating func ask() {
    let index = Int.random(in: clients.indices, using: &random)
    words += 1
    guard let session = clients[index].living.randomElement(using: &random) else {
      guard clients[index].wire != nil, clients[index].opensUnderWay == 0 else { return }
      clients[index].ask("session.open", ["provider": ["did", "heygen"].randomElement(using: &random) ?? "did"])
      return
    }
    guard session.hasAnswered else {
      return connectMedia(of: session, index)
    }
    clients[index].ask("session.speak", ["text": .string("word\(words)")], about: session.id, content: "word\(words)")
  }

  private mutating func connectMedia(of session: SimulatedClient.Session, _ index: Int) {
    let isDID = session.provider == "did"
    let answer = SimulatedAnswer.text(isDID: isDID)
    clients[index].ask("session.answer", ["answer": ["type": "answer", "sdp": .string(answer)]], about: session.id)
    let candidate: JSONObject = [
      "candidate": .string("candidate:\(words) 1 udp 2122260223 192.0.2.44 46243 typ host"),
      "sdpMid": .string(isDID ? "a" : "0"), "sdpMLineIndex": 0,
    ]
    clients[index].ask("session.candidate", ["candidate": .object(candidate)], about: session.id)
    clients[index].ask("session.candidate", ["candidate": nil], about: session.id)
    clients[index].ask("session.report", ["iceConnectionState": "connected"], about: session.id)
  }

  private mutating func connect() {
    guard let index = clients.indices.filter({ clients[$0].wire == nil }).randomElement(using: &random) else { return }
    connect(index)
  }

  mutating func connect(_ index: Int) {
    guard let member = members.indices.filter({ isServing(members[$0]) }).randomElement(using: &random) else { return }
    connections += 1
    let wire = Wire(connections, life: members[member].life.number, on: world)
    trace.add("client \(index) connects to relay \(wire.life): connection \(wire.id)")
    wires.append(wire)
    // A relay that stands still has its connections taken by the system, and hears of them when it goes on.
    members[member].life.accept(wire)
    clients[index].connected(wire)
  }

  private mutating func cut() {
    guard let index = clients.indices.filter({ clients[$0].wire != nil }).randomElement(using: &random),
      let wire = clients[index].wire
    else { return }
    trace.add("connection \(wire.id) is cut")
    wire.cut(
      keepingToClient: Int.random(in: 0...wire.counts.toClient, using: &random),
      keepingToRelay: Int.random(in: 0...wire.counts.toRelay, using: &random))
  }

  private mutating func moveFrames() {
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      wires.removeAll { !$0.hasForClient && !$0.hasForRelay && !$0.isWholeNow }
      let movable = wires.filter { $0.hasForClient || ($0.hasForRelay && members[$0.life - 1].runs) }
      guard let wire = movable.randomElement(using: &random) else { return }
      if wire.hasForRelay, members[wire.life - 1].runs, !wire.hasForClient || Bool.random(using: &random) {
        readByRelay(wire)
      } else {
        readByClient(wire)
      }
    }
  }

  /// What is left of a connection that broke arrives together with its end.
  mutating func readByRelay(_ wire: Wire) {
    repeat {
      guard let frame = wire.readByRelay() else { return }
      trace.add("connection \(wire.id) → \(frame)")
      members[wire.life - 1].life.read(frame, of: wire)
    } while !wire.isWholeNow
    run()
  }

  mutating func readByClient(_ wire: Wire) {
    guard let frame = wire.readByClient() else { return }
    trace.add("connection \(wire.id) ← \(frame)")
    guard let index = clients.firstIndex(where: { $0.wire?.id == wire.id }) else { return }
    switch frame {
    case .text(let text): clients[index].read(text, sent: network.assumeIsolated { $0.exchanges.count })
    case .close, .end: clients[index].disconnected()
    }
  }

  private mutating func moveCalls() {
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      guard let number = network.assumeIsolated({ $0.moving }).randomElement(using: &random) else { return }
      move(number)
    }
  }

  mutating func move(_ number: Int) {
    network.assumeIsolated { $0.move(number) }
    run()
    guard trace.isKept else { return }
    let exchange = network.assumeIsolated { $0.exchanges[number] }
    trace.add(
      "call \(number) of relay \(exchange.life) moves: \(exchange.request.method) \(exchange.path) "
        + String(decoding: exchange.request.body.prefix(120), as: UTF8.self) + " told \(exchange.told)")
  }

  private mutating func loseCall() {
    guard let number = network.assumeIsolated({ $0.moving }).randomElement(using: &random) else { return }
    let isNoticed = Bool.random(using: &random)
    trace.add("call \(number) is lost\(isNoticed ? "" : ", unnoticed")")
    network.assumeIsolated { $0.lose(number, isNoticed: isNoticed) }
  }

  /// The server carries out what one relay asked for, in its order; a relay that stands still has asked before.
  private mutating func writeLedger() {
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let busy = members.indices.filter { index in members[index].desk.assumeIsolated { $0.waitingCount } > 0 }
      guard let index = busy.randomElement(using: &random) else { return }
      trace.add("the ledger answers relay \(members[index].life.number)")
      members[index].desk.assumeIsolated { $0.letGo(1) }
      run()
    }
  }

  func settleLedger() {
    while true {
      run()
      var isIdle = true
      for member in members {
        member.desk.assumeIsolated { desk in
          guard desk.waitingCount > 0 else { return }
          isIdle = false
          desk.letGo(desk.waitingCount)
        }
      }
      if isIdle { return }
    }
  }

  mutating func advance(_ time: Duration) {
    settleLedger()
    trace.add("time passes: \(time)")
    clock.advance(by: time)
    network.assumeIsolated { $0.giveUp() }
    for since in paused.compactMap({ members[$0].pausedAt }) where since.duration(to: clock.now) > Self.harmlessPause {
      hasOverslept = true
    }
    settleLedger()
  }
}
