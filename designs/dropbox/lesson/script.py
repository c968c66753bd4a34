"""What a teacher says at each beat, and which beats fit into 20, 40 and 60 minutes."""

from __future__ import annotations

from sdlab.lab import Cut, Line, Script

SCRIPT = Script(
    lines=(
        Line(
            say="Follow the one letter. On the laptop it was saved into a real folder, as any editor saves. Now the "
            "strips: two versions of notes.txt, four chunks each. Three have the same colour in both; one has a plus. Only "
            "that one travelled, and in Bytes on the wire the tile parts sent says one. Then look at the desktop: it has "
            "the letter, though nobody pressed anything there. Questions and delay shows how long it took.",
            mistake="Many think that the program finds the difference of two texts, and sends that. It compares "
            "fingerprints of chunks, never texts. The plus on the strip is a whole chunk of nearly 500 bytes, for one "
            "letter.",
            discuss="The device has its own list of old chunks. Why does it still ask the server which ones are missing? A "
            "good answer: another file or device may have brought the same chunk, an upload that was cut left some, and "
            "only the store's side knows what is there now.",
            onward="All of that hangs on where a file is cut. First the simplest rule there is.",
        ),
        Line(
            say="Take the vote. Then keep to the table in Bytes on the wire, and write its three numbers on the board. At "
            "the end, one byte costs one short chunk. In the middle it costs about 32,000 bytes, half of the file. In "
            "front it costs all 64,000. It is the same byte each time. What differs is how many chunks lie behind it: each "
            "of them gets a byte from its neighbour and gives one away. The text is hardly new; the fingerprints are.",
            mistake="People say: then make the chunks smaller. Think of the row front with half the size: twice as many "
            "chunks, and again all of them new. Size is not the fault. The boundaries stay in place while the bytes move.",
            discuss="For which files is a fixed size good enough? A good answer: those that only grow at their end, as "
            "logs do; those that are changed in place, as databases and disk images; and those that nobody edits. It is "
            "also cheaper, without a hash for each byte.",
            onward="A boundary should belong to the bytes around it, and not to a count from the beginning.",
        ),
        Line(
            say="Look at the strips: some fifty chunks, and one or two with a plus. After the insertion all colours come "
            "again. The panel Where the hash cuts has the rule, for the open file: above, a mask with ten ones; in the "
            "rows, the hash at each boundary. Where these ten bits are zero, it cuts, so about every 1,024 bytes. The hash "
            "knows no byte that lies further back than 32, so an insertion soon has no influence. Then read the table in "
            "Bytes on the wire again.",
            mistake="“By content is better everywhere.” Compare the row end with the number on the board: an appended byte "
            "costs more than before, since chunks are uneven and the last one may be long. What we bought is that no place "
            "is bad.",
            discuss="Why must chunks have a least and a greatest size, too? A good answer: a file of zeros would be cut "
            "after every byte or never; tiny chunks cost rows and requests, huge ones much traffic for one letter. Where "
            "the greatest size cuts, boundaries no longer follow the content.",
            onward="Little travels now. But two devices may both have something to send.",
        ),
        Line(
            say="Vote first. Then look at the two folders: they end in step, with the same text, and no error anywhere. "
            "That is what makes it bad. In Versions and conflicts read the column its writer had seen. As a rule it is the "
            "version just below. Where a number is skipped, somebody wrote over a version that they never saw. Edits "
            "dropped counts those that came with the earlier time; edits lost counts both kinds.",
            mistake="“The later edit is the better one.” Later by whose clock? Each device dates its own edits: set the "
            "laptop's clock wrong by an hour, under Faults, and it loses each time. And even a right clock does not say "
            "what its writer had read.",
            discuss="A text that was written over still lies among the old versions for a while. Is it lost? A good "
            "answer: for its writer it is, because nobody tells them to look, and five versions later it is gone. History "
            "repairs a loss that somebody notices; it does not announce one.",
            onward="To notice it, we need no better clocks. We need to know what each writer had seen.",
        ),
        Line(
            say="The same pairs of edits. Edits that met another goes up, conflict copies made goes up with it, and edits "
            "lost stays at zero. Read one name among the copies aloud: it says which device it came from. Now the rule: a "
            "version comes with the number that its writer had seen. If that is the newest, it is taken. If not, this edit "
            "becomes a file beside the other. It is compare and set, and no clock is asked.",
            mistake="Many expect the server to merge both. It knows bytes and chunks, and no sentences; a merge that it "
            "invents would be an edit that nobody made. The names of the copies show what it does instead: it keeps both, "
            "and says so.",
            discuss="Git merges. When could this drive do so as well? A good answer: when it knows the format and has the "
            "common base, since a merge compares three texts. The number that the writer had seen names that base. For a "
            "picture or an archive it remains impossible.",
            onward="Two edits may meet now. But a device can take in only what it hears of.",
        ),
        Line(
            say="After the vote, look at the red figure: so many files stayed different. Every second notification is "
            "lost, and here it is nearly always the same files whose news is lost, so hardly any later message repairs "
            "them. Two tiles explain the figure: of these lost, and repaired by comparing, which jumps only every twenty "
            "seconds. The server still writes its log, as the table shows. In this setting no device reads it: watch "
            "entries behind grow.",
            mistake="“The message broker delivers it.” Publish and subscribe tells those who listen at that moment. Who "
            "sleeps or loses a packet hears nothing, and nobody knows. Notifications go on all the time here, and the "
            "figure stays red.",
            discuss="How often would you compare everything? A good answer weighs: each time every file of every device is "
            "listed, nearly all of them unchanged; once a week leaves a file wrong for days. So it is a safety net, and "
            "the usual way must not rest on it.",
            onward="A notification should be no more than a hint to come and look. What there is to see must be kept.",
        ),
        Line(
            say="As many are lost as before: that tile goes on counting. Stayed different is at zero. Point at the "
            "cursors. The desktop's number follows the newest entry of the log. What woke it does not matter; it asks for "
            "all that is behind its own number, so the next answer brings also what a lost message would have said. And if "
            "no further message comes, the server sees a cursor that stays behind, and rings again within a second or so.",
            mistake="Many now call notifications superfluous. Without them a device would have to ask again and again. "
            "Look at Questions and delay: a waiting question is answered as soon as something changes. The message makes "
            "it quick, the cursor makes it complete.",
            discuss="Why is the entry written in the same transaction as its version? A good answer: between two writes a "
            "crash leaves a version that no reader of the log ever finds, or an entry without a version. And entries must "
            "appear in order, or a cursor steps over one.",
            onward="All devices agree which version is the newest. Whether its bytes are whole is another promise.",
        ),
        Line(
            say="Begin with the table: every part of the newest version is there. Then the figure above: so many versions "
            "cannot be read. Both are true. A part with a flipped bit lies under the right name with the wrong content, "
            "and the device reported in good faith that all was sent. Damaged on the line counts the bits, refused stays "
            "at zero. Whoever fetches such a version gets nothing that can be used.",
            mistake="“Chunks are sealed, so damage would show.” The server seals what has arrived, and that was damaged "
            "already. The seal opens without complaint; what cannot be read is the content, as the red figure says. It "
            "protects what lies in the store.",
            discuss="A drive believes its devices. When would anybody notice such damage? A good answer: when somebody "
            "opens the file, perhaps long after the original is gone. And equal chunks are shared, so other versions that "
            "count on this fingerprint are bad as well.",
            onward="So nothing becomes visible because its sender says so. Ask whoever has the bytes.",
        ),
        Line(
            say="The same line, and the same flips. Damaged on the line and refused go up together; cannot be read stays "
            "at zero. There are two checks, and they answer two questions. The fingerprint on arrival: are these the right "
            "bytes? The look into the store at the end: are all of them there? Only then does the version become visible, "
            "in one step.",
            mistake="Many would keep one of the two. With fingerprints alone, a version may become visible while a part "
            "never came. With a listing alone, a flipped part counts as there: only the tile refused shows that somebody "
            "looked at its bytes.",
            discuss="A file of 50 GB has 12,500 chunks. How do you ask the store for all of them? A good answer: in "
            "batches, or let the store's events mark each part as it comes. And it sees the catch: a chunk that was there "
            "before may have been deleted meanwhile.",
            onward="Whole at this moment. But somebody else works in the same store, and deletes.",
        ),
        Line(
            say="Look at the curve of chunks without references. Drafts go, their chunks become free, the collector marks "
            "them, and 300 milliseconds later it sweeps. In between a draft comes back, and is told: that chunk is there, "
            "do not send it. It was true when it was said. The tile that a version misses counts what came of it. Open the "
            "evidence of “references are kept” for the order of steps. Then choose After a time of grace, and see the "
            "count stand still.",
            mistake="Many think that asking the store at completion prevents this. That check is on here, and the tile "
            "counts all the same: the chunk was there when asked for, and swept afterwards. A check holds only while "
            "nothing can change behind it.",
            discuss="Is a long grace enough by itself? A good answer: it makes the case rare; an upload that pauses for "
            "longer still loses. So the deleting step looks once more and deletes only what is free still, and an upload "
            "that comes too late has to send the chunk again.",
            onward="End with three questions for whatever keeps copies in step: what travels, who tells the others, and "
            "who may delete?",
        ),
    ),
    cuts=(
        Cut(20, beats=(1, 2, 3, 4, 5, 6, 7), asks=(2, 4, 6), discusses=()),
        Cut(40, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), asks=(2, 4, 6), discusses=(3, 4, 7, 10)),
        Cut(
            60,
            beats=(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
            asks=(2, 4, 6),
            discusses=(1, 2, 3, 4, 5, 6, 7, 8, 10),
        ),
    ),
)
