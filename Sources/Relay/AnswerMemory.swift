// What was asked and answered, so that a request that is sent again is not carried out again.
import Signaling

/// Requests by id: those that run, and the latest answers. Each session has one, which moves with it from connection to
/// connection, and each connection one for the requests that are about no session of its own.
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
    /// Nil for an answer of an earlier life: any content fits.
    let fingerprint: Int?
    let message: ServerMessage
    let bytes: Int
  }

  private let maximumCount: Int
  private let maximumBytes: Int
  private(set) var highest: RequestID?
  /// The highest id that an earlier life of the relay was asked; nil where there was none.
  private let inherited: RequestID?
  private var running: [RequestID: Int] = [:]
  private var answers: [RequestID: Answer] = [:]
  /// The remembered ids, first answered first, from ``oldest`` on.
  private var order: [RequestID] = []
  private var oldest = 0
  private(set) var bytes = 0

  init(maximumCount: Int, maximumBytes: Int) {
    self.maximumCount = maximumCount
    self.maximumBytes = maximumBytes
    inherited = nil
  }

  /// What an earlier life of the relay is known to have answered, lowest id first.
  /// - Parameter highest: the highest id that it was asked, as far as is known.
  init(maximumCount: Int, maximumBytes: Int, inheriting known: [(RequestID, ServerMessage)], highest: RequestID?) {
    self.maximumCount = maximumCount
    self.maximumBytes = maximumBytes
    inherited = highest
    self.highest = highest
    for (id, message) in known { remember(id, nil, message) }
  }

  /// How many requests run.
  var runningCount: Int { running.count }
  /// How many answers are remembered.
  var count: Int { answers.count }

  /// Looks at a request; a fresh one counts as running from now on.
  mutating func admit(_ request: Request) -> Admission {
    let admission = lookUp(request)
    guard admission == .fresh else { return admission }
    highest = max(highest ?? request.id, request.id)
    running[request.id] = Self.fingerprint(of: request.call)
    return .fresh
  }

  /// What a request is, without letting it in.
  func lookUp(_ request: Request) -> Admission {
    let fingerprint = Self.fingerprint(of: request.call)
    if let answer = answers[request.id] {
      let isSame = answer.fingerprint == nil || answer.fingerprint == fingerprint
      return isSame ? .remembered(answer.message) : .refused(Self.conflict(request.id))
    }
    if let known = running[request.id] {
      return known == fingerprint ? .running : .refused(Self.conflict(request.id))
    }
    if let inherited, request.id <= inherited {
      // Only a talk costs more when it is done twice.
      if case .speak = request.call { return .refused(Self.fateUnknown) }
      return .fresh
    }
    if let highest, request.id <= highest {
      let message =
        "id \(request.id) is not higher than \(highest) and not remembered; ids come from one growing counter"
      return .refused(SignalingError(.requestStale, message))
    }
    return .fresh
  }

  /// The remembered answers, lowest id first.
  var answered: [(RequestID, ServerMessage)] {
    answers.sorted { $0.key < $1.key }.map { ($0.key, $0.value.message) }
  }

  /// Whether a request of that id runs or its answer is remembered.
  func knows(_ id: RequestID) -> Bool { running[id] != nil || answers[id] != nil }

  /// Notes the answer to a request that runs.
  mutating func answered(_ id: RequestID, with message: ServerMessage) {
    guard let fingerprint = running.removeValue(forKey: id) else { return }
    remember(id, fingerprint, message)
  }

  private mutating func remember(_ id: RequestID, _ fingerprint: Int?, _ message: ServerMessage) {
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

  /// The error of a talk that an earlier life of the relay was asked for.
  static let fateUnknown = SignalingError(
    .talkUnknown, "the relay was restarted; whether the avatar speaks this is not known")

  static func conflict(_ id: RequestID) -> SignalingError {
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
