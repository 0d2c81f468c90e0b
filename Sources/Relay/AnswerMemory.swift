// What a connection was asked and answered, so that a request that is sent again is not carried out again.
import Signaling

/// The requests of one connection by id: those that run, and the latest answers.
struct AnswerMemory: Sendable {
  /// What a request turned out to be.
  enum Admission: Sendable, Hashable {
    /// Never seen: to be carried out, and then ``answered(_:with:)``.
    case fresh
    /// Carried out before: the same answer again.
    case remembered(ServerMessage)
    /// Still being carried out: it will be answered once.
    case running
    case refused(SignalingError)
  }

  private struct Answer {
    let fingerprint: Int
    let message: ServerMessage
    let bytes: Int
  }

  private let maximumCount: Int
  private let maximumBytes: Int
  private var highest: RequestID?
  private var running: [RequestID: Int] = [:]
  private var answers: [RequestID: Answer] = [:]
  /// The remembered ids, first answered first, from ``oldest`` on.
  private var order: [RequestID] = []
  private var oldest = 0
  private(set) var bytes = 0

  init(maximumCount: Int, maximumBytes: Int) {
    self.maximumCount = maximumCount
    self.maximumBytes = maximumBytes
  }

  /// How many requests run.
  var runningCount: Int { running.count }
  /// How many answers are remembered.
  var count: Int { answers.count }

  /// Looks at a request; a fresh one counts as running from now on.
  mutating func admit(_ request: Request) -> Admission {
    let fingerprint = Self.fingerprint(of: request.call)
    if let answer = answers[request.id] {
      return answer.fingerprint == fingerprint ? .remembered(answer.message) : .refused(Self.conflict(request.id))
    }
    if let known = running[request.id] {
      return known == fingerprint ? .running : .refused(Self.conflict(request.id))
    }
    if let highest, request.id < highest {
      let message = "id \(request.id) is lower than \(highest) and not remembered; ids come from one growing counter"
      return .refused(SignalingError(.requestStale, message))
    }
    highest = request.id
    running[request.id] = fingerprint
    return .fresh
  }

  /// Notes the answer to a request that runs.
  mutating func answered(_ id: RequestID, with message: ServerMessage) {
    guard let fingerprint = running.removeValue(forKey: id) else { return }
    let answer = Answer(fingerprint: fingerprint, message: message, bytes: message.estimatedBytes)
    answers[id] = answer
    order.append(id)
    bytes += answer.bytes
    while answers.count > maximumCount || bytes > maximumBytes { forgetOldest() }
  }

  private mutating func forgetOldest() {
    if let answer = answers.removeValue(forKey: order[oldest]) { bytes -= answer.bytes }
    oldest += 1
    guard oldest > maximumCount else { return }
    order.removeFirst(oldest)
    oldest = 0
  }

  private static func conflict(_ id: RequestID) -> SignalingError {
    SignalingError(.requestConflict, "id \(id) was used for another request")
  }

  /// A hash with the process's random key stands for the content, which may be large and personal: the chance that two
  /// differ and look the same is 2^-64.
  private static func fingerprint(of call: Call) -> Int {
    var hasher = Hasher()
    hasher.combine(call)
    return hasher.finalize()
  }
}
