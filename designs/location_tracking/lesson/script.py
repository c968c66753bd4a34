"""What a teacher says at each beat, and which beats fit into 20, 40 and 60 minutes."""

from __future__ import annotations

from sdlab.lab import Cut, Line, Script

SCRIPT = Script(
    lines=(
        Line(
            say="Six buses with a route, and many others. I choose a bus and a stop, and get minutes. Follow one position "
            "along the path: gateway, then two ways. One goes to the store, which keeps the last position of each bus. "
            "The other goes to the index, which answers who is near. Now think of the position before this one. Nobody "
            "needs it any more. That makes this system different from most: old data is worth nothing here.",
            mistake="Many put a queue in front, so that no position is lost. A queue keeps old positions in order and "
            "delivers them late. Whoever follows a bus wants the newest; what was overwritten before it was sent is no "
            "loss.",
            discuss="Which data here must survive the end of a process, and which need not? A good answer: the last "
            "position, since it was acknowledged; tracks of buses with a route; not the index, which is built again from "
            "the store, and not the buffers of those who follow.",
            onward="Where one bus is, is a lookup by its name. Who is near me has no name. What do we look up then?",
        ),
        Line(
            say="The map is cut into cells, and each cell has a word of six letters. Tap on the map and watch which cells "
            "light up: first the one you tapped, then the ring around it. Look at the figures in Looked at for one "
            "answer: points looked at, buses returned, and all there are. Most reports change no cell. Then only two "
            "numbers change, and the index has nothing to do.",
            mistake="Many would sort by distance and take five. That looks at every bus, for each of many people who ask. "
            "The figure “looked at” stays small, because cells far away are never opened.",
            discuss="Five buses have been found. When may the search stop? A good answer: not yet, as somebody nearer may "
            "stand in a cell not looked at; only when the fifth distance is shorter than the way to the edge of all that "
            "was seen.",
            onward="The ring around the own cell looks like waste. Let us see what happens without it.",
        ),
        Line(
            say="A query now opens its own cell and no other. It is faster, and the answers look plausible. Tap close to "
            "the edge of a cell: the bus on the other side of the line is not in the list. Look at the badge with those "
            "that were missed, and open the evidence of “nearest are the nearest”. It names the bus, and how near it was. "
            "Nothing has failed; the question was put to the wrong cell.",
            mistake="“Then use shorter words, they cover more.” A larger cell has edges as well, and somebody always "
            "stands beside one. The missed figure becomes smaller and not zero, while each query looks at more points.",
            discuss="An index in a database finds all words with a common beginning very fast. How do you use it and "
            "still miss nobody? A good answer: work out the words of the eight cells around and ask for nine beginnings, "
            "then check each distance; and widen the ring if too few are found.",
            onward="With its neighbours the grid is right. Whether it is even is up to the buses.",
        ),
        Line(
            say="It is morning, and everybody drives to the centre. Nothing about the index has changed. Look at How full "
            "the cells are: the bars fall steeply from left to right; the fullest holds several times the mean. Whoever "
            "asks downtown looks at far more points than somebody in the suburbs. And this wanders through the day, so it "
            "cannot be set right once and for all.",
            mistake="Many answer with smaller cells. Then the centre is fine and the suburbs consist of empty cells, so "
            "that a search there opens ring after ring. One size for all is the problem, not the size.",
            discuss="Cells are spread over shards by hash. Does that make the rush hour harmless? A good answer: it "
            "spreads many cells evenly, not one full cell; a cell is on one shard whatever its load; so split it further, "
            "or keep copies for reading.",
            onward="If one size does not fit all, let the size follow the crowd.",
        ),
        Line(
            say="Now boxes split where many points are, and merge where they have gone. Look at the map: small boxes in "
            "the centre, large ones outside. Then look at What each index costs, at the two axes separately. For a query "
            "the tree is good. For an update it has a long bar: down the tree, out of one box, into another, perhaps a "
            "split and a merge. All five were measured on the same points.",
            mistake="It is usual to compare indexes by their queries. Here every vehicle reports each second, and updates "
            "are most of the work. Read the left axis first, and then decide.",
            discuss="Restaurants, taxis, ships on the sea: which index would you take for each, and why? A good answer: "
            "nearly no updates and dense towns favour a tree; constant movement favours a grid; few points over a large "
            "area favour anything but small cells; and a few hundred need none.",
            onward="There are further ways to cut the earth. None of them helps when a position itself is out of date.",
        ),
        Line(
            say="Two more ways. First hexagons: look at the six neighbours, all equally far, so that a ring is nearly a "
            "circle. Then S2: it lays one long curve through everything, and a circle becomes a few stretches of it. "
            "Switch between them and tap at the same place. Then look at the column “right” in the table of costs: all "
            "five give the same answers. They differ in what they look at on the way.",
            mistake="Many think that one of these libraries finds nearby things. They only give names to cells, and say "
            "which cells cover a circle. Distances are still computed for each candidate, since cells reach beyond the "
            "circle.",
            discuss="Why would a company name places by hexagons when it compares demand between areas? A good answer: "
            "cells of one shape and nearly one size are comparable; all neighbours count alike, without corners; but "
            "hexagons cannot be cut exactly into smaller ones.",
            onward="So much for where. Positions also have a when, and networks do not keep to it.",
        ),
        Line(
            say="Every third message was six seconds in a tunnel. The store takes whatever comes last. Watch a bus on the "
            "map: it drives, jumps back, drives again. The claim “no step back” breaks, and its evidence names the bus "
            "and shows which position was written over which. Now switch back to comparing. The tile “dropped as late” "
            "counts, and the buses drive forward only.",
            mistake="Many let the gateway stamp each position with its own clock when it comes in. Then the late one has "
            "the newest stamp, and wins. Only the time of measurement says which place is the newer one.",
            discuss="The store reads the old time, compares, and writes. What is missing if that is three steps? A good "
            "answer: two positions of one bus may be compared at the same time, and the older one written last; so "
            "comparing and writing must be one step in the store.",
            onward="An older position must not win. And a position that nobody renews must not pretend to be new.",
        ),
        Line(
            say="Some buses go silent. For four seconds nothing happens, then they turn hollow on the map. Look at “stale "
            "buses”. The last place is still shown, and the picture says that it is old. Meanwhile there is a fifth "
            "shard. Read the line below the ring: so many of all positions moved, about the share of the new shard. A bus "
            "is on exactly one shard, and that stays so during the move.",
            mistake="A common way is to delete a bus that is silent. Then a parent sees no bus at all, and cannot tell a "
            "tunnel from a bus that never left. The age of a position is part of the answer.",
            discuss="A bus drives from a cell of shard 1 into one of shard 2. In which order would you write and delete? "
            "A good answer: write to the new one first, then delete at the old one, and only if it holds nothing newer; "
            "the other order has a moment without the bus.",
            onward="With positions that are in order and honest about their age, the only thing left is size.",
        ),
        Line(
            say="Twenty thousand vehicles, four thousand positions a second. The map draws only a fifth of them, and says "
            "so; the index holds all. I ask downtown for the five nearest. Look at the figure again: points looked at, of "
            "twenty thousand. Cells are smaller now, seven letters. Then compare the two axes of costs once more, with "
            "the full scan: at 240 buses it was the best of all.",
            mistake="Many believe that more vehicles make each query slower. With cells of a suitable size a query looks "
            "at what is around it. It is the updates that grow with the fleet, and they grow exactly in step.",
            discuss="A vehicle may report each second or each five. What would you do with one that stands at a light? A "
            "good answer: let the phone decide, report by distance or turn and not by time alone, with a sign of life now "
            "and then, so that silence still means something.",
            onward="To end: which of the problems of today came from space, which from time, and which from numbers?",
        ),
    ),
    cuts=(
        Cut(20, beats=(1, 2, 3, 4, 5, 7), asks=(3, 7), discusses=(5,)),
        Cut(40, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9), asks=(2, 3, 5, 7), discusses=(3, 5, 7)),
        Cut(60, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9), asks=(2, 3, 5, 7), discusses=(1, 2, 3, 4, 5, 7, 8, 9)),
    ),
)
