// The far end of a browser's peer connection: where media comes in.
import MockPeer

/// What a session asks of its media. Confined to the mock's state. ``TalkingPeer`` is a WebRTC peer with a face;
/// ``SignallingPeer`` stands in for it where media is not to connect.
protocol MediaPeer: AnyObject {
  /// The SDP that was offered.
  var offer: String { get }
  var progress: MediaProgress { get }
  /// How many candidates were added.
  var candidateCount: Int { get }
  var hasEndOfCandidates: Bool { get }
  /// What is sent and received; nil where nothing ever is.
  var media: MediaSnapshot? { get }
  /// Where it plays; nil where it does not.
  var stage: MediaStage? { get }

  /// Takes the browser's answer; the same one again is accepted.
  func accept(answer: String) throws(AnswerRefusal)
  /// Takes a candidate, before or after the answer; nil means that there are no more.
  func add(candidate: String?)
  /// Plays a talk at its time.
  /// - Parameter speech: what is said; nil where nothing is to be heard.
  func play(_ talk: MockTalk, _ speech: PreparedSpeech?)
  /// Cuts off what is being said and what waits.
  func interrupt()
  /// Makes the path misbehave from now on.
  func apply(_ impairment: Impairment)
  /// Ends the peer; nothing is asked of it afterwards.
  func close()
}
