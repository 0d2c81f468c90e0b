// Remembers what was asked and answered, so that a request that is sent again is not carried out again.
import AvatarProvider
import Ledger
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

  /// What stands for the content of a request, which may be large and personal.
  enum Content: Sendable, Hashable {
    /// A hash with the process's random key: the chance that two calls differ and look the same is 2^-64.
    case call(Int)
    /// Of a talk, which costs money: known to other lives too.
    case talk(ScriptFingerprint)
  }

  private struct Answer {
    let content: Content
    let message: ServerMessage
    let bytes: Int
  }

  private let maximumCount: Int
  private let maximumBytes: Int
  private(set) var highest: RequestID?
  /// The highest id that an earlier life of the relay was asked; nil where there was none.
  private let inherited: RequestID?
  private var running: [RequestID: Content] = [:]
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

  /// What an earlier life of the relay is known to have been asked to say and to have answered, lowest id first.
  /// - Parameter highest: the highest id that it was asked, as far as is known.
  init(maximumCount: Int, maximumBytes: Int, inheriting known: [SessionMemento.Speak], highest: RequestID?) {
    self.maximumCount = maximumCount
    self.maximumBytes = maximumBytes
    inherited = highest
    self.highest = highest
    for speak in known { remember(speak.request, .talk(speak.fingerprint), speak.answer) }
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
    running[request.id] = Content(of: request)
    return .fresh
  }

  /// What a request is, without letting it in.
  func lookUp(_ request: Request) -> Admission {
    if let answer = answers[request.id] {
      return answer.content == Content(of: request) ? .remembered(answer.message) : .refused(Self.conflict(request.id))
    }
    if let known = running[request.id] {
      return known == Content(of: request) ? .running : .refused(Self.conflict(request.id))
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

  /// The remembered answers to talks, lowest id first.
  var answeredTalks: [SessionMemento.Speak] {
    answers.sorted { $0.key < $1.key }.compactMap { id, answer in
      guard case .talk(let fingerprint) = answer.content else { return nil }
      return SessionMemento.Speak(id, fingerprint, answered: answer.message)
    }
  }

  /// Whether a request of that id runs or its answer is remembered.
  func knows(_ id: RequestID) -> Bool { running[id] != nil || answers[id] != nil }

  /// Notes the answer to a request that runs.
  mutating func answered(_ id: RequestID, with message: ServerMessage) {
    guard let content = running.removeValue(forKey: id) else { return }
    remember(id, content, message)
  }

  private mutating func remember(_ id: RequestID, _ content: Content, _ message: ServerMessage) {
    let answer = Answer(content: content, message: message, bytes: message.estimatedBytes)
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
}

extension AnswerMemory.Content {
  init(of request: Request) {
    if case .speak(let session, let script, let options) = request.call {
      let script = Script(Script.Content(script), options: options)
      self = .talk(ScriptFingerprint(of: script, session: session, request: request.id))
    } else {
      var hasher = Hasher()
      hasher.combine(request.call)
      self = .call(hasher.finalize())
    }
  }
}
