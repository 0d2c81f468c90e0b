// What a speech shows at one time.

extension Speech {
  /// A mouth goes from one shape to the next in so much time.
  static let mouthTransition = Duration.milliseconds(60)

  /// The mouth at a time since the speech's beginning, on its way from one cue to the next.
  public func mouth(at time: Duration) -> MouthShape {
    guard let index = Self.latest(mouth.count, { mouth[$0].start }, at: time) else { return .closed }
    let cue = mouth[index]
    let before = index > 0 ? mouth[index - 1].shape : .closed
    let share = Float(min(1, max(0, (time - cue.start) / Self.mouthTransition)))
    return MouthShape(
      openness: before.openness + (cue.shape.openness - before.openness) * share,
      spread: before.spread + (cue.shape.spread - before.spread) * share)
  }

  /// The index of the word that is being said at a time since the speech's beginning; nil before the first.
  public func word(at time: Duration) -> Int? { Self.latest(words.count, { words[$0].start }, at: time) }

  /// The last of `count` starts in order of time that is not after `time`.
  private static func latest(_ count: Int, _ start: (Int) -> Duration, at time: Duration) -> Int? {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if start(middle) <= time { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? low - 1 : nil
  }
}
