// Keeps what goes wrong with the messages of data channels and notifications sockets on purpose, and picks what a message meets.
import Basics
import StrictJSON
import Transport

/// A message that a vendor sends by itself, by its own name: on the data channel, or on D-ID's notifications socket.
public enum ChannelEvent: String, Sendable, CaseIterable {
  case didReady = "stream/ready"
  case didStarted = "stream/started"
  case didDone = "stream/done"
  case didError = "stream/error"
  case didChatPartial = "chat/partial"
  case didChatAnswer = "chat/answer"
  case didVideoStarted = "stream-video/started"
  case didVideoDone = "stream-video/done"
  case didVideoError = "stream-video/error"
  case didVideoRejected = "stream-video/rejected"
  case heyGenStarted = "avatar_start_talking"
  case heyGenStopped = "avatar_stop_talking"
}

/// What becomes of the next messages of a kind.
public struct MessageFault: Sendable, Hashable {
  /// The ways in which a message goes wrong.
  public enum Fate: Sendable, Hashable {
    /// It is never sent.
    case lost
    /// It is sent later, by the mock's clock; what follows may overtake it.
    case late(Duration)
    /// It is sent twice.
    case twice
    /// It is sent right behind the message that follows it.
    case swapped
  }

  /// Nil for every message.
  public var event: ChannelEvent?
  public var fate: Fate
  /// Only messages of this session.
  public var session: String?
  /// How many messages it takes; it is gone afterwards.
  public var times = 1
  /// How many matching messages pass unharmed first.
  public var skip = 0

  public init(_ event: ChannelEvent?, _ fate: Fate, times: Int = 1) {
    self.event = event
    self.fate = fate
    self.times = times
  }
}

extension MessageFault {
  private enum Word: String, CaseIterable { case lost, late, twice, swapped }

  /// Reads `{message, fate, delayMs?, session?, times?, skip?}`.
  init(_ json: JSONValue) throws(JSONShapeError) {
    var reader = try JSONObjectReader(json, at: "fault")
    let name = try reader.string("message", bytes: 1...64)
    guard let event = name == "*" ? .some(nil) : ChannelEvent(rawValue: name).map(Optional.some) else {
      let known = ChannelEvent.allCases.map(\.rawValue).joined(separator: ", ")
      throw JSONShapeError(.notAccepted("one of \(known), * expected"), at: reader.path(of: "message"))
    }
    let word = try reader.choice("fate", of: Word.self)
    let delay = try reader.optionalInteger("delayMs", in: 1...Fault.longestDelay.milliseconds)
    guard (word == .late) == (delay != nil) else {
      throw JSONShapeError(.notAccepted("goes with late, and late with it"), at: reader.path(of: "delayMs"))
    }
    let fate: Fate =
      switch word {
      case .lost: .lost
      case .late: .late(.milliseconds(delay ?? 0))
      case .twice: .twice
      case .swapped: .swapped
      }
    self.init(event, fate, times: Int(try reader.optionalInteger("times", in: 1...Int64(Fault.mostTimes)) ?? 1))
    skip = Int(try reader.optionalInteger("skip", in: 0...Int64(Fault.mostTimes)) ?? 0)
    session = try reader.optionalString("session", bytes: 1...256)
    try reader.finish()
  }

  var json: JSONValue {
    var object: JSONObject = ["message": .string(event?.rawValue ?? "*")]
    switch fate {
    case .lost: object["fate"] = .string(Word.lost.rawValue)
    case .late(let delay):
      object["fate"] = .string(Word.late.rawValue)
      object["delayMs"] = .integer(delay.milliseconds)
    case .twice: object["fate"] = .string(Word.twice.rawValue)
    case .swapped: object["fate"] = .string(Word.swapped.rawValue)
    }
    object["times"] = .integer(Int64(times))
    if skip > 0 { object["skip"] = .integer(Int64(skip)) }
    if let session { object["session"] = .string(session) }
    return .object(object)
  }
}

/// The faults of a scenario's messages. It is an actor of its own, on the mock's executor, since media sessions ask it while
/// the mock's state is at work on them.
actor MessageFaults {
  private let executor: any SerialExecutor
  private(set) var faults: [MessageFault] = []

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(on executor: any SerialExecutor) { self.executor = executor }

  /// - Throws: ``FaultError``.
  func add(_ fault: MessageFault) throws(FaultError) {
    guard faults.count < FaultList.faultLimit else { throw .tooMany }
    guard (1...Fault.mostTimes).contains(fault.times) else { throw .outOfRange("times") }
    guard (0...Fault.mostTimes).contains(fault.skip) else { throw .outOfRange("skip") }
    if case .late(let delay) = fault.fate {
      guard delay > .zero, delay <= Fault.longestDelay else { throw .outOfRange("delayMs") }
    }
    faults.append(fault)
  }

  /// What becomes of a message, by the first fault that means it, of which one use is gone then; nil for nothing.
  func take(_ event: ChannelEvent, session: String) -> MessageFault.Fate? {
    for index in faults.indices {
      guard faults[index].event == nil || faults[index].event == event,
        faults[index].session == nil || faults[index].session == session
      else { continue }
      if faults[index].skip > 0 {
        faults[index].skip -= 1
        continue
      }
      let fate = faults[index].fate
      faults[index].times -= 1
      if faults[index].times == 0 { faults.remove(at: index) }
      return fate
    }
    return nil
  }

  func clear() { faults = [] }
}
