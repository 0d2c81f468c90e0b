// Stands at the far end of a browser's peer connection: with media, without, or with a room elsewhere.
import Basics
import MockPeer
import TalkingAvatar

/// What a session asks of its media. Confined to the mock's state. ``TalkingPeer`` is a WebRTC peer with a face;
/// ``SignallingPeer`` stands in for it where media does not connect.
protocol MediaPeer: AnyObject {
  /// The SDP that was offered.
  var offer: String { get }
  var progress: MediaProgress { get }
  /// How many candidates were added.
  var candidateCount: Int { get }
  var hasEndOfCandidates: Bool { get }
  /// What is sent and received; nil where there is no media.
  var media: MediaSnapshot? { get }
  /// The session that plays it; nil where there is no media.
  var mediaSession: MediaSession? { get }

  /// Takes the browser's answer; the same one again is accepted.
  func accept(answer: String) throws(AnswerRefusal)
  /// Takes a candidate, before or after the answer; nil means that there are no more.
  func add(candidate: String?)
  /// Plays a talk at its time, or goes on with one whose sound comes in parts.
  /// - Parameters:
  ///   - speech: the sound; nil where media is off, and where only the talk's end is new.
  ///   - position: where in the talk the sound begins.
  func play(_ talk: MockTalk, _ speech: PreparedSpeech?, at position: Duration)
  /// Cuts off what is being said and what waits.
  func interrupt()
  /// Makes the path misbehave from now on.
  func apply(_ impairment: Impairment)
  /// Ends the peer; nothing is asked of it afterwards.
  func close()
}

extension MediaPeer {
  /// Adds the candidates that an answer holds.
  fileprivate func addCandidates(of answer: String) {
    let (candidates, areAll) = AnswerCheck.candidates(in: answer)
    for candidate in candidates { add(candidate: candidate) }
    if areAll { add(candidate: nil) }
  }
}

/// The stations of a connection, as the mock sees them.
enum MediaProgress {
  /// The offer is out.
  case offered
  /// The answer was accepted.
  case answered
  /// Media can flow: the vendor lets the avatar speak.
  case up
  /// Media flowed once or could not: the browser closed its peer connection, or encryption failed.
  case gone
}

/// Everything that a peer needs to know of its session.
struct MediaPlan: Sendable {
  /// The session's id, which the picture shows.
  let session: String
  let offer: String
  let description: PeerDescription
  let dialect: ChannelDialect
  let size: PictureSize
  /// The bit rate that the video aims at, in bits per second.
  let bitrate: Int
  /// True where pictures are sent while nobody speaks, too.
  let isContinuous: Bool
  /// True where pictures are sent after connecting until the stream says that it is ready.
  let warmsUp: Bool
  /// What the drawn face follows from: the name of an avatar, or the URL of a picture.
  let look: String
  /// True where the face is shown before plain green, for pages that cut it out.
  let isKeyed: Bool
  /// The URL of a picture to be shown in place of the drawn face, if it can be loaded.
  let picture: String?
  /// False takes any text as an answer.
  let checksAnswer: Bool

  /// Browsers only ask for key frames where the offer says how (RFC 4585 section 4.2).
  var canAskForKeyFrames: Bool { dialect != .heyGen }
}

/// Holds what was posted about a session, and hands the rest to its media session, which lives on the same event loop.
final class TalkingPeer: MediaPeer {
  let offer: String
  let mediaSession: MediaSession?
  private let performer: MediaSession
  private let checksAnswer: Bool
  private var isAnswered = false
  private(set) var candidateCount = 0
  private(set) var hasEndOfCandidates = false

  init(_ mediaSession: MediaSession) {
    performer = mediaSession
    self.mediaSession = mediaSession
    offer = mediaSession.plan.offer
    checksAnswer = mediaSession.plan.checksAnswer
  }

  var progress: MediaProgress {
    switch performer.assumeIsolated({ $0.state }) {
    case .offered: isAnswered ? .answered : .offered
    case .answered, .securing: .answered
    case .connected: .up
    case .failed, .closed: .gone
    }
  }

  var media: MediaSnapshot? { performer.assumeIsolated { $0.snapshot } }

  func accept(answer: String) throws(AnswerRefusal) {
    if checksAnswer { try AnswerCheck.check(answer, against: offer) }
    let refusal = performer.assumeIsolated { mediaSession -> AnswerError? in
      do throws(AnswerError) { try mediaSession.accept(answer: answer) } catch { return error }
      return nil
    }
    isAnswered = true
    switch refusal {
    case nil: break
    case .answeredBefore: throw .answeredBefore
    // Any text is an answer then; media does not connect.
    case _ where !checksAnswer: break
    case let error?:
      isAnswered = false
      throw .unusable(error)
    }
    addCandidates(of: answer)
  }

  func add(candidate: String?) {
    if candidate == nil { hasEndOfCandidates = true } else { candidateCount += 1 }
    performer.assumeIsolated { $0.transport?.add(candidate: candidate) }
  }

  func play(_ talk: MockTalk, _ speech: PreparedSpeech?, at position: Duration) {
    performer.assumeIsolated { mediaSession in
      switch speech {
      case .sound(let speech): mediaSession.play(talk, speech, at: position)
      case nil: mediaSession.play(talk, nil, at: position)
      case .failed, .overloaded:
        mediaSession.play(talk, nil, at: position)
        mediaSession.miss(talk)
      }
    }
  }

  func interrupt() { performer.assumeIsolated { $0.interrupt() } }

  func apply(_ impairment: Impairment) { performer.assumeIsolated { $0.apply(impairment) } }

  func close() { performer.assumeIsolated { $0.close() } }
}

/// The signalling half of a peer. It is up once an answer and a candidate, or the end of candidates, were posted.
final class SignallingPeer: MediaPeer {
  let offer: String
  private let checksAnswer: Bool
  private var answer: String?
  private(set) var candidateCount = 0
  private(set) var hasEndOfCandidates = false
  let media: MediaSnapshot? = nil
  let mediaSession: MediaSession? = nil

  /// - Parameter checksAnswer: false takes any text as an answer.
  init(offer: String, checksAnswer: Bool) {
    self.offer = offer
    self.checksAnswer = checksAnswer
  }

  var progress: MediaProgress {
    if answer == nil { return .offered }
    return candidateCount > 0 || hasEndOfCandidates ? .up : .answered
  }

  func accept(answer: String) throws(AnswerRefusal) {
    if let known = self.answer {
      guard known == answer else { throw .answeredBefore }
      return
    }
    if checksAnswer { try AnswerCheck.check(answer, against: offer) }
    self.answer = answer
    addCandidates(of: answer)
  }

  func add(candidate: String?) {
    if candidate == nil { hasEndOfCandidates = true } else { candidateCount += 1 }
  }

  /// Nothing is played: a talk's phases follow from the clock alone.
  func play(_ talk: MockTalk, _ speech: PreparedSpeech?, at position: Duration) {}

  /// Nothing is played that could be cut off.
  func interrupt() {}

  /// There is no path.
  func apply(_ impairment: Impairment) {}

  /// It holds nothing that would have to be released.
  func close() {}
}

/// Up as soon as the session was started; there is nothing to negotiate.
final class RoomPeer: MediaPeer {
  let offer = ""
  private(set) var progress = MediaProgress.offered
  private(set) var candidateCount = 0
  private(set) var hasEndOfCandidates = false
  let media: MediaSnapshot? = nil
  let mediaSession: MediaSession? = nil

  func accept(answer: String) { progress = .up }

  func add(candidate: String?) {
    if candidate == nil { hasEndOfCandidates = true } else { candidateCount += 1 }
  }

  /// The room is not run, so nothing is played.
  func play(_ talk: MockTalk, _ speech: PreparedSpeech?, at position: Duration) {}

  /// Nothing is played that could be cut off.
  func interrupt() {}

  /// There is no path.
  func apply(_ impairment: Impairment) {}

  /// It holds nothing that would have to be released.
  func close() {}
}
