// Sound files and rates: what is heard is what was in the file.
import Testing

@testable import TalkingAvatar

@Suite struct VoiceAudioTests {
  @Test(arguments: [8000, 11_025, 16_000, 22_050, 32_000, 44_100, 96_000, 12_347])
  func aToneKeepsItsFrequency(rate: Int) throws {
    let tone = VoiceFixture.sine(1000, rate: rate, seconds: 0.5)
    let result = try Resampler(from: rate, to: 48_000).resample(tone, Cancellation())
    #expect(abs(result.count - 24_000) <= 4)
    let middle = Array(result[4800..<19_200])
    #expect(abs(VoiceFixture.strength(of: 1000, in: middle) - 16_000) < 200)
    // What is not the tone is 50 dB below it: images of it, and noise of the arithmetic.
    let rest = VoiceFixture.level(middle) * 2.0.squareRoot()
    #expect(abs(rest - 16_000) < 200)
    for image in [Double(rate) - 1000, Double(rate) + 1000] where image < 24_000 {
      #expect(VoiceFixture.strength(of: image, in: middle) < 50, "\(image) Hz")
    }
  }

  @Test func aToneAboveTheNewLimitDoesNotFold() throws {
    let tone = VoiceFixture.sine(30_000, rate: 96_000, seconds: 0.5)
    let result = try Resampler(from: 96_000, to: 48_000).resample(tone, Cancellation())
    #expect(VoiceFixture.level(result[4800..<19_200]) < 50)
    #expect(try Resampler(from: 22_050, to: 48_000).resample([], Cancellation()).isEmpty)
  }

  @Test(arguments: VoiceWAV.Encoding.allCases, [1, 2])
  func everyEncodingIsRead(encoding: VoiceWAV.Encoding, channels: Int) async throws {
    let tone = VoiceFixture.sine(440, rate: 24_000, seconds: 0.6)
    let file = VoiceWAV(samples: tone, rate: 24_000, channels: channels, encoding: encoding).bytes
    let speech = try await VoiceFixture.say(.audio(file), .builtIn)
    #expect(speech.duration == .milliseconds(600))
    #expect(abs(VoiceFixture.strength(of: 440, in: Array(speech.samples[4800..<24_000])) - 16_000) < 400)
    #expect(speech.words.isEmpty && speech.mouth.last?.shape == .closed)
    #expect(VoiceFixture.mouth(of: speech, at: .milliseconds(300)).openness > 0.5)
  }

  @Test func chunksComeInAnyOrder() throws {
    var wave = VoiceWAV(samples: [1, 2, 3], rate: 48_000)
    wave.chunksBefore = [("LIST", [1, 2, 3]), ("fact", [0, 0, 0, 0])]
    wave.dataFirst = true
    #expect(try WAVReader.read(wave.bytes).samples == [1, 2, 3])
    wave.chunksBefore = Array(repeating: ("junk", []), count: WAVReader.maximumChunks)
    #expect(throws: WAVError.tooManyChunks) { try WAVReader.read(wave.bytes) }
  }

  @Test func loudnessMovesTheMouth() {
    let loud = VoiceFixture.sine(300, rate: 48_000, seconds: 0.4)
    let soft = VoiceFixture.sine(300, rate: 48_000, seconds: 0.4, amplitude: 3000)
    let cues = LoudnessMouth.cues(of: loud + [Int16](repeating: 0, count: 19_200) + soft)
    let speech = Speech(samples: [], mouth: cues, words: [])
    let shapes = [200, 600, 1000].map { VoiceFixture.mouth(of: speech, at: .milliseconds($0)).openness }
    #expect(shapes[0] == 1 && shapes[1] == 0 && shapes[2] > 0 && shapes[2] < 0.6)
  }

  @Test(arguments: VoiceWAV.broken)
  func whatIsWrongHasAName(bytes: [UInt8], error: WAVError) async {
    await #expect(throws: SpeechError(.audio(error))) { try await VoiceFixture.say(.audio(bytes), .builtIn) }
  }

  @Test func aSizeThatLiesEndsWithTheFile() throws {
    var bytes = VoiceWAV(samples: [1, 2, 3, 4], rate: 48_000).bytes
    bytes.replaceSubrange(40..<44, with: [0xFF, 0xFF, 0xFF, 0xFF])
    #expect(try WAVReader.read(bytes).samples == [1, 2, 3, 4])
    #expect(try WAVReader.read(Array(bytes.dropLast(3))).samples == [1, 2])
  }

  @Test func everyPrefixIsRefusedOrEndsEarlier() throws {
    let samples: [Int16] = [1, -2, 3]
    let bytes = VoiceWAV(samples: samples, rate: 44_100, encoding: .extensible).bytes
    // Without a whole sample there is nothing to hear.
    let header = bytes.count - 2 * samples.count
    for count in 0..<header + 2 {
      #expect(throws: WAVError.self, "\(count) bytes") { try WAVReader.read(Array(bytes.prefix(count))) }
    }
    for count in header + 2...bytes.count {
      #expect(try WAVReader.read(Array(bytes.prefix(count))).samples == Array(samples.prefix((count - header) / 2)))
    }
  }

  @Test func everyChangedByteIsRefusedOrReadWithinTheLimits() throws {
    let bytes = VoiceWAV(samples: [1, -2, 3], rate: 44_100, encoding: .extensible).bytes
    var (read, refused) = (0, 0)
    for index in bytes.indices {
      for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
        var changed = bytes
        changed[index] = value
        do {
          let sound = try WAVReader.read(changed)
          // No more than the bytes hold, at one byte a sample.
          #expect((1...bytes.count).contains(sound.samples.count) && WAVReader.rates.contains(sound.rate), "byte \(index)")
          read += 1
        } catch { refused += 1 }
      }
    }
    // A sample may have any value; the names of the chunks and the format may not.
    #expect(read >= 6 * 5 && refused >= 20 * 4, "\(read) read, \(refused) refused")
  }

  @Test func anAudioFileHasABound() async throws {
    let header = VoiceWAV(samples: [0], rate: 8000, encoding: .unsigned8).bytes.prefix(40) + [0xFF, 0xFF, 0xFF, 0x7F]
    let long = header + [UInt8](repeating: 128, count: 8000 * 600 + 1)
    await #expect(throws: SpeechError(.audio(.tooLong))) { try await VoiceFixture.say(.audio(Array(long)), .builtIn) }
    // A second of sound in a file as large as any may be; what follows the sound is not played.
    let second = VoiceWAV(samples: VoiceFixture.sine(440, rate: 8000, seconds: 1), rate: 8000, encoding: .signed16).bytes
    let full = second + [UInt8](repeating: 0, count: MediaFile.maximumBytes - second.count)
    #expect(try await VoiceFixture.say(.audio(full), .builtIn).duration == .seconds(1))
    await #expect(throws: SpeechError(.audio(.tooLarge))) {
      try await VoiceFixture.say(.audio(full + [0]), .builtIn)
    }
  }
}
