// The far end of a browser's peer connection: where media comes in.

/// What a session asks of its media. Confined to the mock's state; a real WebRTC peer takes the place of
/// ``SignallingPeer`` without a change to any contract.
protocol MediaPeer: AnyObject {
  /// The SDP that was offered.
  var offer: String { get }
  var progress: MediaProgress { get }
  /// How many candidates were added.
  var candidateCount: Int { get }
  var hasEndOfCandidates: Bool { get }

  /// Takes the browser's answer; the same one again is accepted.
  func accept(answer: String) throws(AnswerRefusal)
  /// Takes a candidate, before or after the answer; nil means that there are no more.
  func add(candidate: String?)
  /// Plays a talk at its time.
  func play(_ talk: MockTalk)
  /// Cuts off what is being said and what waits.
  func interrupt()
  /// Ends the peer; nothing is asked of it afterwards.
  func close()
}
