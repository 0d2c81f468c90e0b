// Says runs of text with the built-in voice.

/// Reads a run letter by letter and sings the vowels in between.
struct FormantSpeaker: RunSpeaker {
  func say(
    _ run: TextRun, isFemale: Bool, isLast: Bool, _ cancellation: Cancellation
  ) throws(SpeechError) -> RunSound {
    var phones = PhoneReader(run).phones
    if isLast, phones.last?.sound == .pause { phones.removeLast() }
    var synthesizer = FormantSynthesizer(pitch: isFemale ? 205 : 120)
    var sound = RunSound(samples: [], mouth: [], anchors: [])
    for (index, phone) in phones.enumerated() {
      try cancellation.check()
      let time = SpeechAssembler.duration(of: sound.samples.count)
      guard time <= SpeechLimits.duration else { throw SpeechError(.speechTooLong) }
      if sound.mouth.last?.shape != phone.mouth { sound.mouth.append(Speech.MouthCue(start: time, shape: phone.mouth)) }
      if sound.anchors.last?.position != phone.position {
        sound.anchors.append(RunSound.Anchor(position: phone.position, time: time))
      }
      synthesizer.append(phone, clause: Self.clause(around: index, in: phones), to: &sound.samples)
    }
    sound.anchors.append(
      RunSound.Anchor(
        position: run.start + run.text.unicodeScalars.count,
        time: SpeechAssembler.duration(of: sound.samples.count)))
    return sound
  }

  /// How much of the words between two pauses is over, 0 to 1; looked up within a bounded distance.
  private static func clause(around index: Int, in phones: [Phone]) -> Float {
    let reach = 60
    var start = index
    while start > 0, index - start < reach, phones[start - 1].sound != .pause { start -= 1 }
    var end = index
    while end < phones.count - 1, end - index < reach, phones[end + 1].sound != .pause { end += 1 }
    return Float(index - start) / Float(max(1, end - start))
  }
}
