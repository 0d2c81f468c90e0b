// Remembers what was asked and answered, so that a request that is sent again is not carried out again.
import AvatarProvider
import Basics
import Ledger
import SessionValues
import Signaling

/// Requests by id: those that run, and the latest answers. Each session has one, which moves with it from connection to
/// connection, and each connection one for the requests that are about no session of its own.
struct AnswerMemory: Sendable {
  /// What a request turned out to be.
  enum Recognition: Sendable, Hashable {
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
    let message: ServerMessage
    let bytes: Int
  }

  /// A request that is known: one look finds whether it runs or was answered.
  private struct Entry {
    let content: Content
    /// Nil while it runs.
    var answer: Answer?
  }

  private let maximumCount: Int
  private let maximumBytes: Int
  private(set) var highest: RequestID?
  /// The highest id that an earlier life of the relay was asked; nil where there was none.
  private let inherited: RequestID?
  private var entries: [RequestID: Entry] = [:]
  /// How many requests run.
  private(set) var runningCount = 0
  /// The remembered ids, first answered first.
  private var order = Ring<RequestID>()
  private(set) var bytes = 0

  init(maximumCount: Int, maximumBytes: Int) {
    self.maximumCount = maximumCount
    self.maximumBytes = maximumBytes
    inherited = nil
  }

  /// What an earlier life of the relay is known to have been asked to say and to have answered, lowest id first.
  /// - Parameters:
  ///   - highest: the highest id that it was asked, as far as is known.
  ///   - end: why the session is over; nil while it is not.
  init(
    maximumCount: Int, maximumBytes: Int, inheriting known: [SessionSnapshot.Speak], highest: RequestID?,
    endedBy end: CloseReason? = nil
  ) {
    self.maximumCount = maximumCount
    self.maximumBytes = maximumBytes
    inherited = highest
    self.highest = highest
    for speak in known {
      entries[speak.request] = Entry(content: .talk(speak.fingerprint))
      runningCount += 1
      answered(speak.request, with: speak.answer(after: end))
    }
  }

  /// How many answers are remembered.
  var count: Int { entries.count - runningCount }

  /// Looks at a request; a fresh one counts as running from now on.
  mutating func admit(_ request: Request) -> Recognition {
    let recognition = lookUp(request)
    guard case .fresh = recognition else { return recognition }
    highest = max(highest ?? request.id, request.id)
    entries[request.id] = Entry(content: Content(of: request))
    runningCount += 1
    return .fresh
  }

  /// What a request is, without letting it in.
  func lookUp(_ request: Request) -> Recognition {
    if let known = entries[request.id] {
      guard known.content == Content(of: request) else { return .refused(Self.conflict(request.id)) }
      return known.answer.map { .remembered($0.message) } ?? .running
    }
    if let inherited, request.id <= inherited {
      // Only a talk costs more when it is done twice.
      switch request.call {
      case .speak, .beginSpeak: return .refused(Self.fateUnknown)
      default: return .fresh
      }
    }
    if let highest, request.id <= highest {
      let message =
        "id \(request.id) is not higher than \(highest) and not remembered; ids come from one growing counter"
      return .refused(SignalingError(.requestStale, message))
    }
    return .fresh
  }

  /// Whether a request of that id runs or its answer is remembered.
  func knows(_ id: RequestID) -> Bool { entries[id] != nil }

  /// What a talk was admitted by.
  func fingerprint(of id: RequestID) -> ScriptFingerprint? {
    guard case .talk(let fingerprint) = entries[id]?.content else { return nil }
    return fingerprint
  }

  /// Notes the answer to a request that runs.
  mutating func answered(_ id: RequestID, with message: ServerMessage) {
    guard let entry = entries[id], entry.answer == nil else { return }
    let answer = Answer(message: message, bytes: message.estimatedBytes)
    entries[id]?.answer = answer
    runningCount -= 1
    order.append(id)
    bytes += answer.bytes
    while count > maximumCount || bytes > maximumBytes { forgetOldest() }
  }

  private mutating func forgetOldest() {
    if let answer = entries.removeValue(forKey: order.removeFirst())?.answer { bytes -= answer.bytes }
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
    switch request.call {
    case .speak(let session, let script):
      self = .talk(ScriptFingerprint(of: script, session: session.rawValue, request: request.id.value))
    case .beginSpeak(let session, let script):
      self = .talk(ScriptFingerprint(of: script, session: session.rawValue, request: request.id.value, isOpen: true))
    default:
      var hasher = Hasher()
      request.call.hashExactly(into: &hasher)
      self = .call(hasher.finalize())
    }
  }
}

extension Call {
  /// Takes in all that is asked, texts by their bytes: a name that only looks like another asks for something else.
  fileprivate func hashExactly(into hasher: inout Hasher) {
    hasher.combine(method)
    session?.rawValue.hashExactly(into: &hasher)
    switch self {
    case .authorize(let token): token.value.hashExactly(into: &hasher)
    case .open(let provider, let avatar, let options):
      provider.hashExactly(into: &hasher)
      avatar.hashExactly(into: &hasher)
      hasher.combine(options)
    case .offer(_, let description), .answer(_, let description):
      hasher.combine(description.kind)
      description.sdp.hashExactly(into: &hasher)
    case .candidate(_, let candidate):
      (candidate?.candidate).hashExactly(into: &hasher)
      (candidate?.sdpMid).hashExactly(into: &hasher)
      hasher.combine(candidate?.sdpMLineIndex)
      (candidate?.usernameFragment).hashExactly(into: &hasher)
    case .speakPart(_, let part):
      part.talk.hashExactly(into: &hasher)
      hasher.combine(part.index)
      part.text.hashExactly(into: &hasher)
    case .speakEnd(_, let talk, let index):
      talk.hashExactly(into: &hasher)
      hasher.combine(index)
    case .interrupt(_, let talk): talk.hashExactly(into: &hasher)
    case .report(_, .dataChannelMessage(let message)): message.hashExactly(into: &hasher)
    // Nothing but words of the protocol.
    case .report(_, let report): hasher.combine(report)
    case .resume(_, let secret, let lastSeq):
      secret.value.hashExactly(into: &hasher)
      hasher.combine(lastSeq)
    // A talk has its fingerprint; of the others the session says all.
    case .speak, .beginSpeak, .extend, .close, .ping: break
    }
  }
}

extension String? {
  fileprivate func hashExactly(into hasher: inout Hasher) {
    hasher.combine(self == nil)
    self?.hashExactly(into: &hasher)
  }
}
