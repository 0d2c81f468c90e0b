// Makes the whole speech of an utterance out of a voice's runs, pauses and audio files.

/// What both voices have in common.
enum SpeechMaker {
  static func speech(
    of utterance: Utterance, by speaker: any RunSpeaker, _ cancellation: Cancellation
  ) throws(SpeechError) -> Speech {
    switch utterance.content {
    case .text(let text):
      try checkLength(text)
      return try speech(of: SpokenText(plain: text), utterance, speaker, cancellation)
    case .ssml(let ssml):
      try checkLength(ssml)
      return try speech(of: SSMLReader.read(ssml), utterance, speaker, cancellation)
    case .audio(let bytes): return try speech(ofAudio: bytes, cancellation)
    }
  }

  private static func checkLength(_ text: String) throws(SpeechError) {
    if text.utf16.count > SpeechLimits.characters { throw SpeechError(.textTooLong) }
  }

  private static func speech(
    of text: SpokenText, _ utterance: Utterance, _ speaker: any RunSpeaker, _ cancellation: Cancellation
  ) throws(SpeechError) -> Speech {
    let requested = utterance.language ?? utterance.voice.flatMap(SpokenLanguage.tag(ofVoice:))
    let isFemale = utterance.voice.map(SpokenLanguage.isFemale(voice:)) ?? false
    let hasKana = text.plain.unicodeScalars.contains { WritingSystem($0) == .kana }
    var assembler = SpeechAssembler()
    for (index, part) in text.parts.enumerated() {
      try cancellation.check()
      switch part {
      case .pause(let duration): try assembler.append(pause: duration)
      case .words(let words, let language):
        let runs = TextRun.runs(
          of: words, start: assembler.position, requested: language ?? requested, hasKana: hasKana)
        for (number, run) in runs.enumerated() {
          let isLast = index == text.parts.count - 1 && number == runs.count - 1
          try assembler.append(speaker.say(run, isFemale: isFemale, isLast: isLast, cancellation))
        }
        assembler.advance(by: words)
      }
    }
    return assembler.finish()
  }

  private static func speech(ofAudio bytes: [UInt8], _ cancellation: Cancellation) throws(SpeechError) -> Speech {
    let sound: WAVReader.Sound
    do throws(WAVError) { sound = try WAVReader.read(bytes) } catch { throw SpeechError(.audio(error)) }
    let samples = try Resampler(from: sound.rate, to: Speech.sampleRate).resample(sound.samples, cancellation)
    return Speech(samples: samples, mouth: LoudnessMouth.cues(of: samples), words: [])
  }
}
