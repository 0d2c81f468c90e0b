// Plays what may happen at any moment.
import Basics
import Relay
import RelayTestSupport
import Signaling
import StrictJSON

@testable import MockProvider

extension Simulation {
  /// Something happens, and everything runs that can.
  mutating func step() {
    if happens(setting.kills), isAlive { jobsLeft = Int.random(in: 0...12, using: &random) }
    if happens(setting.cuts) { cut() }
    if happens(setting.faults) { addFault() }
    if happens(setting.losses) { lose() }
    if happens(setting.ledgerFailures) { changeLedger() }
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<26: ask()
    case 26..<50: moveFrames()
    case 50..<80: moveCalls()
    case 80..<86: writeLedger()
    case 86..<89: advance(.milliseconds(Int.random(in: 1...3_000, using: &random)))
    case 89: advance(.milliseconds(Int.random(in: 1...35_000, using: &random)))
    case 90: repeatRequest()
    default: connect()
    }
    // A relay that is killed later than it had something to do is killed now.
    if jobsLeft != nil { kill() }
    if isAlive, life.wires.isEmpty, recovered[recovered.count - 1].hasFailed { kill() }
    run()
  }

  private mutating func happens(_ chance: Int) -> Bool { Int.random(in: 0..<100, using: &random) < chance }

  // MARK: Clients

  /// What is opened: one that cannot be interrupted, one that the browser interrupts, one that the relay does.
  private static let kinds: [JSONObject] = [
    ["provider": "did"],
    ["provider": "did", "avatar": "agt_1", "options": ["kind": "agent", "fluent": true]],
    ["provider": "heygen"], ["provider": "heygen"],
  ]

  private mutating func ask() {
    let index = Int.random(in: clients.indices, using: &random)
    let client = clients[index]
    words += 1
    if client.living.count + client.opensUnderWay == 0 || (client.living.count < 3 && happens(4)) {
      guard client.wire != nil, client.opensUnderWay < 3 else { return }
      clients[index].ask("session.open", Self.kinds.randomElement(using: &random) ?? [:])
    } else if let session = client.living.randomElement(using: &random) {
      ask(session, of: index)
    }
  }

  private mutating func ask(_ session: SimulatedClient.Session, of index: Int) {
    let isDID = session.provider == "did"
    let id = session.id
    guard session.hasAnswered || happens(40) else {
      clients[index].ask(
        "session.answer", ["answer": ["type": "answer", "sdp": .string(SimulatedAnswer.text(isDID: isDID))]], about: id)
      return
    }
    if writesTexts {
      if clients[index].mayWrite(in: id) {
        if happens(70) { return write(id, of: index) }
      } else if session.writing == nil, happens(30) {
        return clients[index].beginWriting("word\(words).", in: id)
      }
    }
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<7:
      clients[index].ask("session.speak", ["text": .string("word\(words)")], about: id, content: "word\(words)")
    case 7..<12: candidate(of: session, index)
    case 12..<14: clients[index].ask("session.report", ["iceConnectionState": "connected"], about: id)
    case 14: clients[index].ask("session.report", ["dataChannelMessage": .string(event(isDID))], about: id)
    case 15: interrupt(id, of: index)
    case 16: clients[index].ask("session.extend", about: id)
    case 17: clients[index].ask("session.candidate", ["candidate": nil], about: id)
    case 18: if clients[index].wire != nil { clients[index].ask("ping") }
    default: if happens(40) { clients[index].ask("session.close", about: id) }
    }
  }

  /// A text that is being written goes on, mostly in order, or ends.
  private mutating func write(_ session: String, of index: Int) {
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      words += 1
      switch Int.random(in: 0..<16, using: &random) {
      case 0: clients[index].endWriting(in: session)
      case 1: clients[index].write("word\(words).", in: session, skipping: 1)
      case 2: clients[index].write("word\(words).", in: session, isAgain: true)
      default: clients[index].write("word\(words).", in: session)
      }
    }
  }

  private mutating func candidate(of session: SimulatedClient.Session, _ index: Int) {
    let text = "candidate:\(words) 1 udp 2122260223 192.0.2.44 46243 typ host"
    let mid = session.provider == "did" ? "a" : "0"
    clients[index].ask(
      "session.candidate",
      ["candidate": ["candidate": .string(text), "sdpMid": .string(mid), "sdpMLineIndex": 0]], about: session.id,
      content: text)
  }

  /// Where the mood is to talk and to interrupt, several talks are on their way.
  private mutating func interrupt(_ id: String, of index: Int) {
    for _ in 0..<Int.random(in: 0...2, using: &random) {
      words += 1
      clients[index].ask("session.speak", ["text": .string("word\(words)")], about: id, content: "word\(words)")
    }
    clients[index].ask("session.interrupt", about: id)
  }

  private mutating func event(_ isDID: Bool) -> String {
    let isStart = Bool.random(using: &random)
    if isDID { return isStart ? "stream/started" : "stream/done" }
    return isStart ? #"{"type":"avatar_start_talking"}"# : #"{"type":"avatar_stop_talking"}"#
  }

  private mutating func repeatRequest() {
    let index = Int.random(in: clients.indices, using: &random)
    guard let id = clients[index].requests.keys.sorted().suffix(6).randomElement(using: &random) else { return }
    clients[index].repeatRequest(id)
  }

  // MARK: Connections

  mutating func connect() {
    guard isServing else {
      if !isAlive { start() }
      return
    }
    guard let index = clients.indices.filter({ clients[$0].wire == nil }).randomElement(using: &random) else { return }
    connect(index)
  }

  mutating func connect(_ index: Int) {
    let wire = Wire(UInt64(counts[.connections] + 1), life: life.number, on: world)
    counts[.connections] += 1
    trace.add("client \(index) connects: connection \(counts[.connections])")
    wires.append(wire)
    lives[lives.count - 1].accept(wire)
    clients[index].connected(wire)
  }

  private mutating func cut() {
    guard let index = clients.indices.filter({ clients[$0].wire != nil }).randomElement(using: &random),
      let wire = clients[index].wire
    else { return }
    counts[.cuts] += 1
    trace.add("connection \(wire.id) is cut")
    wire.cut(
      keepingToClient: Int.random(in: 0...wire.counts.toClient, using: &random),
      keepingToRelay: Int.random(in: 0...wire.counts.toRelay, using: &random))
  }

  /// Some messages arrive; connections are independent of each other.
  private mutating func moveFrames() {
    for _ in 0..<Int.random(in: 1...5, using: &random) {
      wires.removeAll { !$0.hasForClient && !$0.hasForRelay && !$0.isWholeNow }
      guard let wire = wires.filter({ $0.hasForClient || $0.hasForRelay }).randomElement(using: &random) else { return }
      if wire.hasForRelay, !wire.hasForClient || Bool.random(using: &random) {
        readByRelay(wire)
      } else {
        readByClient(wire)
      }
    }
  }

  mutating func readByRelay(_ wire: Wire) {
    guard isAlive, wire.life == life.number else { return }
    guard let frame = wire.readByRelay() else { return }
    trace.add("connection \(wire.id) → \(frame)")
    noteReceipt(of: frame)
    life.read(frame, of: wire)
    run()
  }

  /// Notes what was under way when the relay read a candidate, or that a session ends or is interrupted.
  private mutating func noteReceipt(of frame: Wire.Frame) {
    guard case .text(let text) = frame, case .request(let request) = SignalingCodec.decode(text) else { return }
    switch request.call {
    case .close, .interrupt, .candidate: break
    default: return
    }
    // One that is sent again is answered from memory: what was asked for in between is not its concern.
    guard !receipts.contains(where: { $0.life == life.number && $0.request == request.id.value }) else { return }
    let (sent, underWay) = network.assumeIsolated { ($0.exchanges.count, $0.underWay) }
    receipts.append(Receipt(request: request.id.value, life: life.number, sent: sent, underWay: underWay))
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

  // MARK: Providers

  private mutating func moveCalls() {
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      guard let number = network.assumeIsolated({ $0.moving }).randomElement(using: &random) else { return }
      move(number)
    }
  }

  mutating func move(_ number: Int) {
    network.assumeIsolated { $0.move(number) }
    run()
    tell(of: number, "moves")
  }

  private mutating func lose() {
    guard let number = network.assumeIsolated({ $0.moving }).randomElement(using: &random) else { return }
    counts[.losses] += 1
    let isNoticed = Bool.random(using: &random)
    network.assumeIsolated { $0.lose(number, isNoticed: isNoticed) }
    tell(of: number, isNoticed ? "is lost, noticed" : "is lost, unnoticed")
  }

  private mutating func tell(of number: Int, _ what: String) {
    guard trace.isKept else { return }
    let exchange = network.assumeIsolated { $0.exchanges[number] }
    let body = String(decoding: exchange.request.body.prefix(160), as: UTF8.self)
    let reply = String(decoding: exchange.reply.prefix(300), as: UTF8.self)
    let status = exchange.status.map { "\($0) \(reply)" } ?? "nothing yet"
    let call = "\(exchange.request.method) \(exchange.path) \(body)"
    trace.add("call \(number) of life \(exchange.life) \(what): \(call): \(status), told \(exchange.told)")
  }

  private mutating func addFault() {
    let calls: [CallName] = [
      .didCreate, .didSDP, .didIce, .didSpeak, .didDelete, .heyGenNew, .heyGenStart, .heyGenIce, .heyGenTask,
      .heyGenStop, .heyGenInterrupt, .heyGenKeepAlive, .heyGenList,
    ]
    let call = calls.randomElement(using: &random) ?? .didSpeak
    var fault = Fault(.call(call), .none, times: Int.random(in: 1...2, using: &random))
    switch Int.random(in: 0..<4, using: &random) {
    case 0: fault.effect = .drop
    case 1: fault.effect = .answer(status: [500, 502, 503].randomElement(using: &random) ?? 500, body: nil)
    case 2: fault.effect = .answer(status: 429, body: nil, headers: ["Retry-After": "2"])
    default: fault.delay = .milliseconds(Int.random(in: 1...70_000, using: &random))
    }
    // A refusal is one; a lost answer and a server's own failure leave it open whether the call was carried out.
    switch fault.effect {
    case .drop, .answer(status: 500..., _, _): fault.takesEffect = Bool.random(using: &random)
    case .answer, .error, .none, .lose, .close: break
    }
    trace.add("fault \(fault)")
    mock.assumeIsolated { mock in _ = try? mock.force(fault) }
  }

  // MARK: Ledger and time

  private mutating func writeLedger() {
    let count = Int.random(in: 1...4, using: &random)
    desk.assumeIsolated { $0.letGo(count) }
  }

  private mutating func changeLedger() {
    let mood = [LedgerDesk.Mood.fast, .slow, .broken].randomElement(using: &random) ?? .fast
    if mood == .broken { counts[.ledgerFailures] += 1 }
    trace.add("the ledger is \(mood)")
    desk.assumeIsolated { $0.set(mood) }
  }

  mutating func advance(_ time: Duration) {
    trace.add("time passes: \(time)")
    clock.advance(by: time)
    network.assumeIsolated { $0.giveUp() }
    run()
  }
}
