"""Recognition of exports: which table a file is, which column a header, and how sure that is."""

from xuanpin.pipelines.connect.recognition.recognising import recognise as recognise
from xuanpin.pipelines.connect.recognition.recognising import recognise_as as recognise_as
